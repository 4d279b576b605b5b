import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Switches } from '../../local/serviceTitan/switches.ts';
import type { ExpectedFiles } from './expectedRows.ts';

export interface Tenant {
  tenantId: string;
  clientId: string;
  clientSecret: string;
  appKey: string;
  seed: number;
}

export type SourceRequest =
  | { do: 'create'; tenant: Tenant & { switches: Partial<Switches> }; customers: number }
  | { do: 'change'; tenantId: string; count: number }
  | { do: 'expect'; tenantId: string; source: string; files: ExpectedFiles; first?: number }
  | { do: 'remove'; tenantId: string };

/** The process that plays ServiceTitan. */
export interface Source {
  url: string;
  pid: number;
  /** Resolves to its answer; rejects with its reason. */
  ask: <Result = void>(request: SourceRequest) => Promise<Result>;
  stop: () => Promise<void>;
}

interface Reply {
  id: number;
  result?: unknown;
  error?: string;
}

/** A million customers with their indexes take some gigabytes. */
const HEAP_MB = 14_000;

export async function startSource(): Promise<Source> {
  const child = fork(join(import.meta.dirname, 'process.ts'), { execArgv: [`--max-old-space-size=${HEAP_MB}`] });
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.on('message', ({ id, result, error }: Reply) => {
      if (id === 0) return resolve(result as string);
      const { resolve: fulfil, reject: refuse } = waiting.get(id)!;
      waiting.delete(id);
      if (error === undefined) fulfil(result as never);
      else refuse(new Error(`The simulated ServiceTitan: ${error}`));
    });
    child.once('exit', (code) => {
      const ended = new Error(`The simulated ServiceTitan ended (exit code ${code}).`);
      reject(ended);
      for (const { reject: refuse } of waiting.values()) refuse(ended);
    });
  });
  let lastId = 0;
  return {
    url,
    pid: child.pid!,
    ask: (request) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ ...request, id: lastId });
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
