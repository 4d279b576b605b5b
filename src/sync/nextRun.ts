// R18: somebody waits for the pass, so the next run follows at once. It is an ordinary run: live pages first, then a slice.
import type { BegunContext } from './context.ts';
import { LEDGER_STEP } from './steps.ts';

/** `sync-<workspaceId>-<epoch ms>`, with a number behind it for successors. */
const INSTANCE_ID = /^(sync-.+-)(\d{13})(?:-\d+)?$/;

/** The same for every attempt, so that a lost answer claims nothing twice. Null for an id of another form. */
export function nextRunId(instanceId: string): string | null {
  const [, name, epochMs] = INSTANCE_ID.exec(instanceId) ?? [];
  return name === undefined ? null : `${name}${Number(epochMs) + 1}`;
}

/** Claims and creates it. A workspace that was paused meanwhile, or that another run has, is left to the ticks. */
export async function startNextRun({ run, steps, ledger, startSuccessor }: BegunContext): Promise<void> {
  const id = nextRunId(run.instanceId);
  if (id === null) return;
  const outcome = await steps.do('next-run', LEDGER_STEP, async () => {
    const [claim] = await ledger.claim('manual', [{ workspace_id: run.workspaceId, instance_id: id }]);
    return claim?.outcome ?? null;
  });
  if (outcome !== 'claimed' && outcome !== 'claimed_before') return;
  await steps.do('start-next-run', LEDGER_STEP, () => startSuccessor(id));
}
