import type { TargetedSubmitEvent } from 'preact';
import { useState } from 'preact/hooks';
import { createApi } from '../api/api.ts';
import { Refusal } from '../api/call.ts';
import { Page } from '../parts/Page.tsx';

interface SignInProps {
  /** Why one is here again. */
  reason: string | null;
  onSignedIn: (token: string) => void;
}

export function SignIn({ reason, onSignedIn }: SignInProps) {
  const [problem, setProblem] = useState(reason);
  const [busy, setBusy] = useState(false);

  async function submit(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const field = event.currentTarget.elements.namedItem('token') as HTMLInputElement;
    const token = field.value.trim();
    setBusy(true);
    setProblem(null);
    try {
      await createApi(token, () => {}).workspaces(null);
      onSignedIn(token);
    } catch (error) {
      const isWrong = error instanceof Refusal && error.status === 401;
      setProblem(isWrong ? 'This token is not the API token of this Worker.' : (error as Error).message);
      setBusy(false);
      field.focus();
    }
  }

  return (
    <Page title="Sign in">
      <form class="signin" onSubmit={submit}>
        <label for="token">API token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-describedby="token-help token-problem"
          aria-invalid={problem !== null}
        />
        <p id="token-problem" role="alert" class={problem ? 'problem' : ''}>
          {problem}
        </p>
        <button class="primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <p id="token-help" class="aside">
          The <code>API_TOKEN</code> that the Worker was given with <code>wrangler secret put API_TOKEN</code>. It is
          kept in this tab alone, until you close it or sign out.
        </p>
      </form>
    </Page>
  );
}
