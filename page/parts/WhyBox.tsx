import type { TargetedSubmitEvent } from 'preact';
import { useState } from 'preact/hooks';
import type { Api } from '../api/api.ts';
import type { WhyAnswer } from '../api/contract.ts';
import { Findings } from './Findings.tsx';

interface WhyBoxProps {
  api: Api;
  /** Asked for when it is not known. */
  workspaceId?: string;
  /** Offered to choose from. */
  workspaceIds?: { workspaceId: string; name: string }[];
}

/** "Why is this contact not right?": a customer's id in, one plain sentence and what it was made of out. */
export function WhyBox({ api, workspaceId, workspaceIds = [] }: WhyBoxProps) {
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<WhyAnswer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const value = (name: string) => String(fields.get(name) ?? '').trim();
    setBusy(true);
    setAnswer(null);
    setProblem(null);
    try {
      setAnswer(await api.why(workspaceId ?? value('workspaceId'), value('customerId')));
    } catch (error) {
      setProblem((error as Error).message);
    }
    setBusy(false);
  }

  return (
    <div class="why">
      <form onSubmit={submit}>
        {workspaceId === undefined && (
          <p>
            <label for="why-workspace">Workspace</label>
            <input id="why-workspace" name="workspaceId" required list="why-workspaces" autocomplete="off" />
            <datalist id="why-workspaces">
              {workspaceIds.map(({ workspaceId: id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </datalist>
          </p>
        )}
        <p>
          <label for="why-customer">ServiceTitan customer id</label>
          <input
            id="why-customer"
            name="customerId"
            required
            inputMode="numeric"
            pattern="\s*\d{1,19}\s*"
            autocomplete="off"
          />
        </p>
        <button class="primary" disabled={busy}>
          {busy ? 'Asking…' : 'Ask'}
        </button>
      </form>
      <div role="status">
        {problem && <p class="notice bad">{problem}</p>}
        {answer && <p class="sentence">{answer.sentence}</p>}
      </div>
      {answer && <Findings answer={answer} />}
    </div>
  );
}
