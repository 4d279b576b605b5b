/** As the sync writes instants: `…:17.49Z` becomes `….4900000Z`, `…:00Z` becomes `….0000000Z`. */
export function sevenDigits(instant: string): string {
  const [, seconds, fraction = ''] = /^(.+?:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(instant) ?? [];
  return `${seconds}.${fraction.padEnd(7, '0')}Z`;
}
