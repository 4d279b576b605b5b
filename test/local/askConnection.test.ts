// The questions of `npm run connect`, typed at a terminal that is two streams.
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { askConnection, type ConnectionAnswers } from '../../local/askConnection.ts';

const ENTER = '\r';
const DOWN = '\u001B[B';

const GIVEN = {
  workspaceId: '45963',
  tenantId: '410387862',
  environment: 'production',
  clientId: 'cid.one',
  clientSecret: 'typed-secret',
  appKey: 'typed-key',
  timeZone: 'America/Denver',
};

/** Types each answer when its question stands there. */
async function answer(given: Partial<ConnectionAnswers>, typed: [question: string, ...answers: string[]][]) {
  const input = new PassThrough();
  const output = new PassThrough();
  // A question ends the stream it wrote to; a terminal stays open for the next.
  output.end = () => output;
  let screen = '';
  output.on('data', (chunk: Buffer) => (screen += stripVTControlCharacters(String(chunk))));
  const answers = askConnection(given, { input, output });
  answers.catch(() => {});
  for (const [question, ...keys] of typed) {
    await expect.poll(() => screen).toContain(`? ${question}`);
    for (const key of keys) input.write(key);
  }
  return { answers: await answers, screen };
}

test('what is not given is asked for, and the secrets do not show while they are typed', async () => {
  const { answers, screen } = await answer({}, [
    ['Workspace id', '45963', ENTER],
    ['Tenant id (ServiceTitan)', '410387862', ENTER],
    ['Environment', DOWN, ENTER],
    ['Client id', 'cid.one', ENTER],
    ['Client secret', 'typed-secret', ENTER],
    ['App key', 'typed-key', ENTER],
    ['Time zone of the workspace', 'America/Denver', ENTER],
  ]);
  expect(answers).toEqual({ ...GIVEN, environment: 'integration', timeZone: 'America/Denver' });
  expect(screen).toContain('45963');
  expect(screen).not.toMatch(/typed-secret|typed-key/);
});

test('what is given is not asked for', async () => {
  const { answers, screen } = await answer(GIVEN, []);
  expect([answers, screen]).toEqual([GIVEN, '']);
});

test('an empty answer is asked for again', async () => {
  const { clientId: _, ...given } = GIVEN;
  const { answers } = await answer(given, [
    ['Client id', ENTER],
    ['Client id\n> It is needed.', 'cid.one', ENTER],
  ]);
  expect(answers).toEqual(GIVEN);
});

test('a time zone that does not exist is refused with an example', async () => {
  const { timeZone: _, ...given } = GIVEN;
  const { answers, screen } = await answer(given, [
    ['Time zone of the workspace', 'Denver', ENTER],
    ['Time zone of the workspace Denver\n> It has to be an IANA name', '\u0015', 'America/Denver', ENTER],
  ]);
  expect(answers.timeZone, screen).toBe('America/Denver');
});
