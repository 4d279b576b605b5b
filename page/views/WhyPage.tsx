import type { Api } from '../api/api.ts';
import type { Workspace } from '../api/contract.ts';
import { Page } from '../parts/Page.tsx';
import { WhyBox } from '../parts/WhyBox.tsx';
import { nameOf } from '../states.ts';

/** `workspaces` is null until they are known: with a single one there is nothing to choose. */
export function WhyPage({ api, workspaces }: { api: Api; workspaces: readonly Workspace[] | null }) {
  const [only, ...others] = workspaces ?? [];
  return (
    <Page title="Why is this contact not right?">
      <p class="lead">
        When the customer was last read, what is stored against what ServiceTitan shows now, and what happens next.
      </p>
      {workspaces === null ? null : only && others.length === 0 ? (
        <WhyBox api={api} workspaceId={only.workspaceId} />
      ) : (
        <WhyBox
          api={api}
          workspaceIds={workspaces.map((workspace) => ({
            workspaceId: workspace.workspaceId,
            name: nameOf(workspace),
          }))}
        />
      )}
    </Page>
  );
}
