import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ServiceTitanAccess } from '../naive/readPage.ts';
import type { Form } from './form.ts';

export interface PerRowJob {
  supabaseUrl: string;
  secretKey: string;
  access: ServiceTitanAccess;
  workspaceId: string;
  source: string;
  modifiedOnOrAfter: string | null;
}

export function createPerRowForm(target: Pick<PerRowJob, 'supabaseUrl' | 'secretKey' | 'access'>): Form {
  const child = fork(join(import.meta.dirname, 'perRowProcess.ts'));
  return {
    name: 'per-row',
    own: { pid: child.pid },
    sync: async ({ workspaceId, source, since }) => {
      const job: PerRowJob = { ...target, workspaceId, source, modifiedOnOrAfter: since?.toISOString() ?? null };
      child.send(job);
      const [reply] = (await once(child, 'message')) as [{ ok: boolean; error?: string }];
      if (!reply.ok) throw new Error(`One upsert a row: ${reply.error}`);
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
