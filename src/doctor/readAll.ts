/** So many rows a call, and in all. */
export const PAGE = 1000;
const MOST = 10_000;

/** Page by page. `isAll`: there are no more. */
export async function readAll<Row>(
  isWanted: (row: Row) => boolean,
  read: (after: string | null) => Promise<{ rows: Row[]; next_after: string | null }>,
): Promise<{ all: Row[]; isAll: boolean }> {
  const all: Row[] = [];
  let after: string | null = null;
  for (let seen = 0; seen < MOST;) {
    const page = await read(after);
    all.push(...page.rows.filter(isWanted));
    seen += page.rows.length;
    after = page.next_after;
    if (after === null) return { all, isAll: true };
  }
  return { all, isAll: false };
}
