import { span } from '../format.ts';

interface TroubleProps {
  failure: Error | null;
  /** When what is shown was read; null when nothing is. */
  readAt: number | null;
  now: number;
}

/** Says that no new answer comes, and how old what is shown has become meanwhile. */
export function Trouble({ failure, readAt, now }: TroubleProps) {
  return (
    // There from the beginning, so that what appears in it is spoken.
    <div role="status" class={failure ? 'notice bad' : 'hidden'}>
      {failure && (
        <p>
          {failure.message}{' '}
          {readAt === null
            ? 'The page tries again by itself.'
            : `What you see is ${span((now - readAt) / 1000)} old; the page tries again by itself.`}
        </p>
      )}
    </div>
  );
}
