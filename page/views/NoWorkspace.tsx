import type { ComponentChild } from 'preact';
import { Page } from '../parts/Page.tsx';

/** Nothing to watch yet: how to begin. */
export function NoWorkspace({ trouble }: { trouble: ComponentChild }) {
  return (
    <Page title="No workspace is connected yet">
      {trouble}
      <p class="lead">Connect the first one, and its customers are on their way to Supabase.</p>
      <ol class="steps">
        <li>
          Have the firm's admin accept your app in ServiceTitan, and note its client id, client secret and app key, and
          the firm's tenant id.
        </li>
        <li>
          In the project's folder run
          <pre>
            <code>WORKER_URL={location.origin} API_TOKEN=… npm run connect</code>
          </pre>
          It asks for the rest, checks it against ServiceTitan, and starts the first sync.
        </li>
        <li>The workspace appears here by itself, with the progress of that sync.</li>
      </ol>
    </Page>
  );
}
