import { Page } from '../parts/Page.tsx';
import { toWorkspaces } from '../route.ts';

export function Unknown() {
  return (
    <Page title="There is no such view">
      <p>
        The address is not one of this page. <a href={toWorkspaces}>To the workspaces</a>
      </p>
    </Page>
  );
}
