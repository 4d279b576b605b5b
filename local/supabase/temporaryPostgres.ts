import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../ports.ts';
import { createProcesses } from '../processes.ts';
import { StackError } from '../stackError.ts';
import { createProjectSecrets } from './keys.ts';
import { startPostgres } from './postgres.ts';

/** Does the work on a PostgreSQL of its own, on a free port, which ends with it and takes its data along. */
export async function withTemporaryPostgres<Result>(work: (serverUrl: string) => Promise<Result>): Promise<Result> {
  const processes = createProcesses((message) => {
    throw new StackError(message);
  });
  // PostgreSQL may run as another user, who has to get through.
  chmodSync(processes.folder, 0o711);
  try {
    const { url } = await startPostgres({
      folder: join(processes.folder, 'postgres'),
      port: await freePort(),
      durable: false,
      password: createProjectSecrets().postgresPassword,
      processes,
      logFile: join(processes.folder, 'postgres.log'),
    });
    return await work(url);
  } finally {
    await processes.stop();
  }
}
