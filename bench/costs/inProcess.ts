import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/**
 * Runs the job in a process of its own, which sends `{ result }` or `{ error }` and ends: what it costs is then its own. In one
 * file, put into `folder`, as the Worker is deployed: Node takes seconds to find the hundreds of files of some packages.
 */
export async function inProcess<Job extends object, Result>(folder: string, file: string, job: Job): Promise<Result> {
  const bundle = join(folder, basename(file, '.ts') + '.cjs');
  const entry = join(import.meta.dirname, file);
  await build({
    entryPoints: [entry],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
  const child = fork(bundle);
  const exited = once(child, 'exit');
  const answered = once(child, 'message') as Promise<[{ result?: Result; error?: string }]>;
  child.send(job);
  const first = await Promise.race([answered, exited.then(() => null)]);
  if (first === null) throw new Error(`${file} ended without an answer.`);
  await exited;
  const [{ result, error }] = first;
  if (error !== undefined) throw new Error(`${file}: ${error}`);
  return result as Result;
}
