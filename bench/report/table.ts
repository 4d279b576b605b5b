export interface Table {
  title: string;
  head: string[];
  rows: string[][];
  /** How it was measured, for the document. */
  note?: string;
}
