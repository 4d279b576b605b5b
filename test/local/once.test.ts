import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { keepStateSecrets } from '../../local/stateSecrets.ts';
import { descendantsOf, isAlive, until } from './aliveProcesses.ts';
import { createCheckout, startInCheckout, stackEnvironment } from './checkout.ts';

const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

const EQUAL = /Customers in ServiceTitan: (\d+)\. Contacts in Supabase: \1\. Different: 0\./;

// Who is root tries it as an ordinary user here, and as root in the next test.
test('--once, as an ordinary user without a home: interrupted it is no success, and the next one finds all contacts equal', async () => {
  const checkout = createCheckout(user);
  const env = await stackEnvironment('/nonexistent');
  const interrupted = startInCheckout(checkout, ['--once'], env, user);
  await until(() => descendantsOf(interrupted.child.pid!).length > 3, 60);
  const started = descendantsOf(interrupted.child.pid!);
  interrupted.child.kill('SIGINT');
  expect(await interrupted.exited.promise).toBe(130);
  await until(() => !started.some(isAlive));

  const run = startInCheckout(checkout, ['--once'], env, user);
  const code = await run.exited.promise;
  expect(run.output).toMatch(EQUAL);
  expect(run.output).toMatch(/initial completed: .*errors 0/);
  expect(run.output).toMatch(/incremental completed: .*errors 0/);
  expect(code).toBe(0);
}, 180_000);

test('the stack keeps its state over a restart, whatever the shell read of another stack, and an interrupt leaves no process behind', async () => {
  const checkout = createCheckout();
  mkdirSync(join(checkout, 'test-state'));
  keepStateSecrets(join(checkout, 'test-state'), { databasePort: 1, supabaseUrl: 'http://127.0.0.1:1' });
  const shell = parseEnv(readFileSync(join(checkout, 'test-state/env'), 'utf8')) as Record<string, string>;
  const env: Record<string, string> = { ...shell, ...(await stackEnvironment(checkout)), LOCAL_TICK_SECONDS: '1' };
  const first = startInCheckout(checkout, [], env);
  await until(() => /incremental completed/.test(first.output), 60);
  expect(first.output).toMatch(/initial completed/);
  expect(first.output).toMatch(/^Ignored SUPABASE_URL, SUPABASE_SECRET_KEY, CREDENTIALS_KEY of this shell/m);
  expect(await secondsToNextTick(env['WORKER_PORT']!)).toBeLessThanOrEqual(1);
  const started = descendantsOf(first.child.pid!);
  first.child.kill('SIGINT');
  expect(await first.exited.promise).toBe(0);
  await until(() => !started.some(isAlive));

  // The folder's own now.
  const own = parseEnv(readFileSync(join(checkout, '.local/env'), 'utf8')) as Record<string, string>;
  const second = startInCheckout(checkout, [], { ...env, ...own });
  await until(() => /incremental completed/.test(second.output), 60);
  const startedAgain = descendantsOf(second.child.pid!);
  second.child.kill('SIGKILL');
  await until(() => !startedAgain.some(isAlive));
  expect(second.output).not.toMatch(/initial/);
  expect(existsSync(`${checkout}/.local/serviceTitan.journal`)).toBe(true);
}, 180_000);

/** As the Worker tells it. */
async function secondsToNextTick(port: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/workspaces`);
  const { now, workspaces } = (await response.json()) as { now: string; workspaces: [{ nextTickAt: string }] };
  return (Date.parse(workspaces[0].nextTickAt) - Date.parse(now)) / 1000;
}
