// A count of what the histories met. A kind that is expected and never met means that nothing was proved about it.

export class Met {
  readonly counts = new Map<string, number>();

  add(kind: string, times = 1): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + times);
  }

  merge(counts: Iterable<[string, number]>): void {
    for (const [kind, times] of counts) this.add(kind, times);
  }

  /** Kinds of `expected` that no history met. */
  missing(expected: readonly string[]): string[] {
    return expected.filter((kind) => !this.counts.has(kind));
  }

  toString(): string {
    const lines = [...this.counts].toSorted(([one], [other]) => one.localeCompare(other));
    const width = Math.max(0, ...lines.map(([kind]) => kind.length));
    return lines.map(([kind, times]) => `${kind.padEnd(width)} ${String(times).padStart(9)}`).join('\n');
  }
}
