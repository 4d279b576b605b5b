// What `npm run doctor` does: asks a Worker what is wrong with it (GET /doctor) and tells it line by line.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { printable } from './printable.ts';
import { callWorker, readWorkerAccess } from './workerCall.ts';

const USAGE = `npm run doctor -- [--url <address of the Worker>] [--token <its API_TOKEN>] [--workspace <id>]
In the environment, which keeps the token out of the shell's history: WORKER_URL and API_TOKEN. Without an address the local stack is meant.
It ends with 0 where nothing fails, with 1 where something does, and with 2 where the Worker does not answer.`;

/** How the command ends. */
export const EXIT = { well: 0, failing: 1, unreachable: 2 } as const;

const answerSchema = z.object({
  result: z.enum(['ok', 'warn', 'fail']),
  checks: z.array(
    z.object({
      check: z.string(),
      result: z.enum(['ok', 'warn', 'fail']),
      message: z.string(),
      advice: z.string().nullable(),
    }),
  ),
});
type Check = z.infer<typeof answerSchema>['checks'][number];

/**
 * The lines to print, and how to end. Throws an Error with what to do where the Worker gave no such answer.
 */
export async function runDoctor(args: string[], env: NodeJS.ProcessEnv): Promise<{ lines: string[]; exit: number }> {
  const { url, token, workspace, help } = parse(args);
  if (help) return { lines: [USAGE], exit: EXIT.well };
  const access = readWorkerAccess({
    ...env,
    WORKER_URL: url ?? env['WORKER_URL'],
    API_TOKEN: token ?? env['API_TOKEN'],
  });
  const query = workspace === undefined ? '' : `?${new URLSearchParams({ workspaceId: workspace })}`;
  const answer = answerSchema.safeParse(await callWorker(access, 'GET', `/doctor${query}`));
  if (!answer.success) throw new Error(`${access.url} did not answer as this Worker's doctor does: deploy it again.`);
  const { result, checks } = answer.data;
  return {
    lines: [...describe(checks), '', summary(checks, access.url)],
    exit: result === 'fail' ? EXIT.failing : EXIT.well,
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const options = { url: text, token: text, workspace: text, help: { type: 'boolean', short: 'h' } } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    // Only the first sentence, which names the option: an argument may be the token.
    const [, option] = /option '(--?[a-z-]{1,20})\b/.exec((error as Error).message) ?? [];
    throw new Error(
      `${option === undefined ? 'An argument' : `The option ${option}`} is not as it should be.\n\n${USAGE}`,
    );
  }
}

/** The settings that are well are told by their number alone. */
function describe(checks: Check[]): string[] {
  const isWellSetting = ({ check, result }: Check) => check.startsWith('settings/') && result === 'ok';
  const settings = checks.filter(isWellSetting).length;
  const shown: Check[] = [
    { check: 'settings', result: 'ok', message: `${settings} are in the form that they have to have.`, advice: null },
    ...checks.filter((check) => !isWellSetting(check)),
  ];
  const width = Math.max(...shown.map(({ check }) => check.length));
  return shown.flatMap(({ check, result, message, advice }) => [
    printable(`${result.padEnd(4)}  ${check.padEnd(width)}  ${message}`),
    ...(advice === null ? [] : [printable(`${' '.repeat(width + 8)}What to do: ${advice}`)]),
  ]);
}

function summary(checks: Check[], url: string): string {
  const count = (wanted: Check['result']) => checks.filter(({ result }) => result === wanted).length;
  const [failures, warnings] = [count('fail'), count('warn')];
  if (failures + warnings === 0) return `All is well at ${url}.`;
  return `${failures} ${failures === 1 ? 'failure' : 'failures'} and ${warnings} ${warnings === 1 ? 'warning' : 'warnings'} at ${url}.`;
}
