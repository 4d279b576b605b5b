import type { ComponentChild } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Api } from '../api/api.ts';
import { Refusal } from '../api/call.ts';
import type { Workspace } from '../api/contract.ts';
import { toRun } from '../route.ts';
import { nameOf } from '../states.ts';
import { Confirm } from './Confirm.tsx';

interface ActionsProps {
  api: Api;
  workspace: Workspace;
  /** Told after each answer, whatever it was. */
  onChange: () => void;
}

interface Answer {
  isGood: boolean;
  text: ComponentChild;
}

/** What one can do to a workspace, and what came of it. */
export function Actions({ api, workspace, onChange }: ActionsProps) {
  const { workspaceId, tenantId, paused, condition } = workspace;
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const confirm = useRef<HTMLDialogElement>(null);

  async function act(work: () => Promise<ComponentChild>): Promise<void> {
    if (busy) return;
    setBusy(true);
    setAnswer(null);
    try {
      setAnswer({ isGood: true, text: await work() });
    } catch (error) {
      setAnswer({ isGood: false, text: <Problem error={error as Error} /> });
    }
    setBusy(false);
    onChange();
  }

  const start = (mode?: 'full') =>
    act(async () => {
      const { instanceId, noted } = await api.trigger({
        workspaceId,
        tenantId: tenantId ?? '',
        ...(mode ? { mode } : {}),
      });
      return (
        <>
          {noted ? 'Noted, and begun behind this run' : mode ? 'Comparison started' : 'Sync started'}:{' '}
          <RunLink instanceId={instanceId} />
        </>
      );
    });
  const pause = () =>
    act(async () => {
      await api.pause(workspaceId);
      return 'Paused: no sync runs until it is resumed.';
    });
  const resume = () =>
    act(async () => {
      await api.resume(workspaceId);
      return 'Resumed: the next tick within business hours syncs it.';
    });

  // Not `disabled`, which would take the focus away from whoever pressed one.
  const idle = busy || condition === 'disconnected';
  const button = (label: string, onClick: () => void, kind = '') => (
    <button type="button" class={kind} aria-disabled={idle} onClick={() => idle || onClick()}>
      {label}
    </button>
  );
  return (
    <div class="actions">
      <div class="buttons" role="group" aria-label="Actions">
        {button('Sync now', () => void start(), 'primary')}
        {button('Check everything now…', () => confirm.current?.showModal())}
        {paused ? button('Resume', () => void resume()) : button('Pause', () => void pause())}
      </div>
      <p role="status" class={answer === null ? 'hidden' : `notice ${answer.isGood ? 'good' : 'bad'}`}>
        {answer?.text}
      </p>
      <Confirm dialog={confirm} title="Check everything" go="Check everything" onGo={() => void start('full')}>
        <p>
          Compares all customers of {nameOf(workspace)}, and their phones and e-mails, with ServiceTitan and corrects
          what differs. That takes about 60 calls of ServiceTitan's for 100,000 customers, at most 20 in each run, and
          one run follows the other until it is done. What changes meanwhile is synced as ever.
        </p>
      </Confirm>
    </div>
  );
}

function RunLink({ instanceId }: { instanceId: string }) {
  return <a href={toRun(instanceId)}>{instanceId}</a>;
}

/** The Worker's own words, and a way to the run that is in the way. */
function Problem({ error }: { error: Error }) {
  const instanceId = error instanceof Refusal ? error.details['instanceId'] : undefined;
  return (
    <>
      {error.message} {instanceId && <a href={toRun(instanceId)}>See that run</a>}
    </>
  );
}
