import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

interface PageProps {
  title: string;
  /** For the title of the window, where it says more than the heading. */
  windowTitle?: string;
  /** The way back. */
  above?: ComponentChildren;
  children: ComponentChildren;
}

let first = true;

/** A view: its heading is spoken and focused when one comes to it, as on a page of its own. */
export function Page({ title, windowTitle = title, above, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Before anything is painted: whoever sees the heading finds the focus there.
  useLayoutEffect(() => {
    if (!first) heading.current?.focus();
    first = false;
    scrollTo(0, 0);
  }, []);
  useEffect(() => {
    document.title = `${windowTitle} · Customer Sync`;
  }, [windowTitle]);
  return (
    <main id="main">
      {above}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </main>
  );
}
