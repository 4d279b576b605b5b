// R6: where a list window goes on. A page that is too much is read by smaller ones at the same place. Their sizes divide one
// another, so that no row falls between two, and at each boundary of a larger size the reading returns to it.

/** Page `page` of those of `size` rows. */
export interface ListPlace {
  page: number;
  size: number;
}

/** Rows before it. */
export function offsetOf({ page, size }: ListPlace): number {
  return (page - 1) * size;
}

/** The same place, with fewer rows. Null where it is one row already. */
export function smallerPlace(place: ListPlace): ListPlace | null {
  if (place.size === 1) return null;
  const size = largestDivisor(place.size);
  return { page: offsetOf(place) / size + 1, size };
}

/** The place behind it: of the window's own size, or of the largest that has a boundary there. */
export function placeAfter(place: ListPlace, wholeSize: number): ListPlace {
  const offset = offsetOf(place) + place.size;
  let size = wholeSize;
  while (offset % size !== 0) size = largestDivisor(size);
  return { page: offset / size + 1, size };
}

function largestDivisor(size: number): number {
  for (let factor = 2; factor * factor <= size; factor += 1) if (size % factor === 0) return size / factor;
  return 1;
}
