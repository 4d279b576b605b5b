import type { DoctorAnswer } from '../api/contract.ts';
import { failureSentence } from '../checks.ts';
import { toDoctor } from '../route.ts';

/** Says on the list of workspaces that something beside them fails. */
export function NotWell({ doctor }: { doctor: DoctorAnswer | null }) {
  const sentence = doctor && failureSentence(doctor);
  return (
    // There from the beginning, so that what appears in it is spoken.
    <div role="status" class={sentence ? 'notice bad' : 'hidden'}>
      {sentence && (
        <p>
          {sentence} <a href={toDoctor}>See what to do</a>
        </p>
      )}
    </div>
  );
}
