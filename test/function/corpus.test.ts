// Every case of the corpus: what offices type, and what a contact has to make of it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gradeEmail } from '../../supabase/functions/servicetitan-contact-sync/email.ts';
import { gradePhone } from '../../supabase/functions/servicetitan-contact-sync/phone.ts';

const CASES = readFileSync(new URL('../corpus/methods.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t') as [kind: string, home: string, address: string, ...rest: string[]]);

test('R25: the corpus is whole: every case has its eight columns, and none stands in it twice', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(300);
  expect(CASES.filter((columns) => columns.length !== 8)).toEqual([]);
  const asked = CASES.map((columns) => columns.slice(0, 4).join('\t'));
  expect(asked.filter((one, at) => asked.indexOf(one) !== at)).toEqual([]);
});

test.for(CASES)(
  'R25: the %s of a firm in %s, a customer in %s, entered as "%s", is %s: %s',
  ([kind, home, address, entered, usability, normalized, extension]) => {
    const value = JSON.parse(`"${entered!.replaceAll('"', '\\"')}"`) as string;
    const graded =
      kind === 'email' ? gradeEmail(value) : gradePhone(value, { home, address: address === '-' ? null : address });
    const orNone = (text: string | undefined) => (text === '-' ? null : text);
    expect(graded).toMatchObject({ usability, normalized: orNone(normalized), extension: orNone(extension) });
  },
);
