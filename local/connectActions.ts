// What `npm run connect` does: all of it through the Worker, which tries the credentials and keeps them.
import { parseArgs } from 'node:util';
import { askConnection, type ConnectionAnswers } from './askConnection.ts';
import { callWorker, readWorkerAccess } from './workerCall.ts';

const USAGE = `npm run connect -- [connect] [--workspace <id>] [--tenant <id>] [--client-id <id>] [--environment production|integration]
                             [--time-zone <IANA zone, such as America/Denver>] [--country <two letters>] [--name <text>]
npm run connect -- show|pause|resume|disconnect --workspace <id>
In the environment: WORKER_URL and API_TOKEN of the Worker (without them the local stack is meant); SERVICETITAN_CLIENT_SECRET and
SERVICETITAN_APP_KEY, where they are not to be typed. What is missing is asked for.`;

interface Connected {
  checks: { name: string; scope: string; required: boolean; result: string; message: string | null }[];
  warnings?: string[];
  sync: { instanceId: string | null; started: boolean; message: string };
}

const option = { type: 'string' } as const;
const OPTIONS = {
  workspace: option,
  tenant: option,
  'client-id': option,
  environment: option,
  name: option,
  'time-zone': option,
  country: option,
};

/** Runs the command; answers the lines to print. Throws an Error with what to do. */
export async function runConnect(args: string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const { values, positionals } = parse(args);
  const [action = 'connect'] = positionals;
  const access = readWorkerAccess(env);
  if (action === 'connect') {
    const given: Partial<ConnectionAnswers> = withoutUndefined({
      workspaceId: values.workspace,
      tenantId: values.tenant,
      environment: values.environment,
      clientId: values['client-id'],
      clientSecret: env['SERVICETITAN_CLIENT_SECRET'],
      appKey: env['SERVICETITAN_APP_KEY'],
      timeZone: values['time-zone'],
    });
    const { workspaceId, ...answers } = await completed(given);
    const body = withoutUndefined({ ...answers, name: values.name, country: values.country });
    const connected = await callWorker<Connected>(
      access,
      'PUT',
      `/connections/${encodeURIComponent(workspaceId)}`,
      body,
    );
    return describeConnected(workspaceId, access.url, connected);
  }

  if (values.workspace === undefined) throw new Error(`Say which workspace: --workspace <id>.\n\n${USAGE}`);
  const path = `/connections/${encodeURIComponent(values.workspace)}`;
  if (action === 'show') {
    const { connection } = await callWorker<{ connection: object }>(access, 'GET', path);
    return [JSON.stringify(connection, null, 2)];
  }
  if (action === 'pause' || action === 'resume') {
    await callWorker(access, 'POST', `${path}/${action}`);
    return [
      action === 'pause'
        ? `Workspace ${values.workspace} is paused: no sync runs until \`npm run connect -- resume --workspace ${values.workspace}\`.`
        : `Workspace ${values.workspace} goes on with its next tick.`,
    ];
  }
  if (action === 'disconnect') {
    const { wasConnected } = await callWorker<{ wasConnected: boolean }>(access, 'DELETE', path);
    const what = wasConnected ? 'is disconnected: its credentials are removed' : 'was not connected';
    return [`Workspace ${values.workspace} ${what}. Its contacts stay.`];
  }
  throw new Error(`There is no "${action}".\n\n${USAGE}`);
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [reason] = (error as Error).message.split(/[.\n]/);
    throw new Error(`${reason}.\n\n${USAGE}`, { cause: error });
  }
}

async function completed(given: Partial<ConnectionAnswers>): Promise<ConnectionAnswers> {
  if (process.stdin.isTTY) return askConnection(given, {});
  const needed = {
    workspaceId: '--workspace',
    tenantId: '--tenant',
    clientId: '--client-id',
    clientSecret: 'SERVICETITAN_CLIENT_SECRET',
    appKey: 'SERVICETITAN_APP_KEY',
    timeZone: '--time-zone',
  };
  const missing = Object.entries(needed).filter(([field]) => given[field as keyof ConnectionAnswers] === undefined);
  if (missing.length > 0) {
    const names = missing.map(([, name]) => name).join(', ');
    throw new Error(`Without a terminal nothing can be asked for. Missing: ${names}.\n\n${USAGE}`);
  }
  return { environment: 'production', ...given } as ConnectionAnswers;
}

function describeConnected(workspaceId: string, url: string, { checks, warnings = [], sync }: Connected): string[] {
  return [
    `Workspace ${workspaceId} is connected.`,
    ...checks.map(({ name, scope, result, message }) => {
      const line = `  ${result.padEnd(8)} ${name.padEnd(10)} ${scope}`;
      return message === null ? line : `${line}\n           ${message}`;
    }),
    ...warnings,
    sync.message,
    ...(sync.instanceId === null ? [] : [`Watch it: curl -s '${url}/status?instanceId=${sync.instanceId}'`]),
  ];
}

/** An empty text counts as absent: a variable may be set to nothing. */
function withoutUndefined<Value extends Record<string, string | undefined>>(values: Value): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
