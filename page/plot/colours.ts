// A canvas knows nothing of the style sheet: its colours are read from there.

export interface Colours {
  ink: string;
  line: string;
  paper: string;
  created: string;
  updated: string;
  errors: string;
  duration: string;
  font: string;
}

export function readColours(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('muted'),
    line: colour('line'),
    paper: colour('paper'),
    created: colour('created'),
    updated: colour('updated'),
    errors: colour('errors'),
    duration: colour('duration'),
    font: style.fontFamily,
  };
}

/** Between light and dark; returns what ends it. */
export function whenColoursChange(draw: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', draw);
  return () => dark.removeEventListener('change', draw);
}
