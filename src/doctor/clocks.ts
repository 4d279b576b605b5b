// How far apart two clocks are. Nothing is lost where they differ (R4), but a token may be refused as not yet
// valid, and data looks older or younger than it is.
import { fail, type Finding, ok, warn } from './finding.ts';

/** Headers give whole seconds, and an answer takes its time. */
const FINE_SECONDS = 5;
const BAD_SECONDS = 60;

/** `theirs` was read at some moment between the two of the Worker's clock; milliseconds since 1970. */
export function compareClocks(
  check: string,
  whose: string,
  theirs: number,
  worker: { from: number; to: number },
): Finding {
  const ahead = theirs > worker.to ? theirs - worker.to : Math.min(0, theirs - worker.from);
  const seconds = Math.round(Math.abs(ahead) / 1000);
  if (seconds <= FINE_SECONDS) return ok(check, `The clock of ${whose} and the Worker's agree.`);
  const tell = seconds > BAD_SECONDS ? fail : warn;
  return tell(
    check,
    `The clock of ${whose} is ${seconds} seconds ${ahead > 0 ? 'ahead of' : 'behind'} the Worker's.`,
    `Nothing is lost by it, but find out which of the two is wrong: Cloudflare's rarely is. Tell whoever runs ${whose}.`,
  );
}
