import type { ComponentChildren } from 'preact';
import { type Route, toDoctor, toWhy, toWorkspaces } from '../route.ts';

interface FrameProps {
  /** Undefined before one has signed in. */
  view?: Route['view'];
  onSignOut?: (() => void) | undefined;
  children: ComponentChildren;
}

/** What stands around every view. */
export function Frame({ view, onSignOut, children }: FrameProps) {
  const link = (href: string, text: string, isHere: boolean) => (
    <a href={href} aria-current={isHere ? 'page' : undefined}>
      {text}
    </a>
  );
  const skip = (event: Event) => {
    // The address belongs to the views.
    event.preventDefault();
    document.querySelector<HTMLElement>('#main h1')?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header>
        <span class="product">Customer Sync</span>
        {view !== undefined && (
          <nav aria-label="Views">
            {link(toWorkspaces, 'Workspaces', view === 'workspaces')}
            {link(toWhy, 'Ask why', view === 'why')}
            {link(toDoctor, 'Deployment', view === 'doctor')}
          </nav>
        )}
        {onSignOut && (
          <button class="plain" type="button" onClick={onSignOut}>
            Sign out
          </button>
        )}
      </header>
      {children}
    </>
  );
}
