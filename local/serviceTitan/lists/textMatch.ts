/** A test for a text, whatever its case; ServiceTitan does not say which of the rules it follows. */
export function matcher(wanted: string, rule: 'contains' | 'prefix' | 'exact'): (text: string) => boolean {
  const needle = wanted.toLowerCase();
  if (rule === 'exact') return (text) => text.toLowerCase() === needle;
  if (rule === 'prefix') return (text) => text.toLowerCase().startsWith(needle);
  return (text) => text.toLowerCase().includes(needle);
}

export function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
