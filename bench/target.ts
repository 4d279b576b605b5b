/** Something that was asked for, and what was found. */
export interface Target {
  target: string;
  found: string;
  isMet: boolean;
  /** One of times or memory in relation to others of the same run: what it comes to is the machine's doing, too. */
  isRatio?: true;
}
