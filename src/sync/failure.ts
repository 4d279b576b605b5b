// Errors lose their class on the way out of a step: only text arrives. So the code travels in front of the message.
import { cutShort, tellErrorName } from '../../supabase/functions/_shared/shapes.ts';
import { SyncError } from '../errors.ts';
import { withoutSecrets } from '../secrets.ts';
import { isOwnMessage } from './ownMessages.ts';

const UNKNOWN_CODE = 'unexpected';
/** What engines put in front of an error's text when its class is lost. */
const LOST_CLASSES = /^(?:[A-Za-z]*Error: )+/;
const CODED = /^\[([a-z_]{1,40})\] (.*)$/s;

/** The text that carries an error out of a step. `isLast`: no attempt follows, so it says what a person has to do. */
export function toStepMessage(error: unknown, isLast = true): string {
  if (error instanceof SyncError) {
    const message = isLast ? error.message : (error.meanwhile ?? error.message);
    return toText({ code: error.code, message: withoutSecrets(message) });
  }
  // Foreign errors may quote what they choked on: their name is safe, their text is not.
  const message = `${tellErrorName(error)} was thrown: see the Worker's log at this time.`;
  return toText({ code: UNKNOWN_CODE, message });
}

export interface Failure {
  code: string;
  message: string;
}

/** The text that a failure is thrown with, for the engine keeps it. */
export function toText({ code, message }: Failure): string {
  return `[${code}] ${message}`;
}

/** Code and message of what a step threw, or what `run()` itself did. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof SyncError) return { code: error.code, message: error.message };
  const text = error instanceof Error ? error.message : '';
  const [, code = '', message = ''] = CODED.exec(text.replace(LOST_CLASSES, '')) ?? [];
  if (isOwnMessage(code, message)) return { code, message: cutShort(withoutSecrets(message)) };
  return { code: UNKNOWN_CODE, message: `${tellEngine(text, error)}: the next run goes on from where it stood.` };
}

/**
 * The engine stops this incarnation of the instance, and another goes on with it: a deploy, a move to another machine. That is no
 * failure of the run, so nothing of it is written down.
 */
export function isEngineAbort(error: unknown): boolean {
  if (error instanceof SyncError || !(error instanceof Error)) return false;
  return ENGINE_ABORT.test(error.message.replace(LOST_CLASSES, ''));
}

/** As the engine and the Durable Object below it say it. */
const ENGINE_ABORT =
  /^(?:Aborting engine\b|Durable Object (?:reset because its code was updated|storage operation .{0,80}reset)|.{0,40}reset because its code was updated)/;

/** The engine's own words for what it does to a run; of any other text the error's name alone is told. */
function tellEngine(text: string, error: unknown): string {
  const timeout = /^(?:\w{1,40}: )*Execution timed out after (\d{1,9})ms/.exec(text)?.[1];
  if (timeout) return `The Workflow engine stopped the run (a step timed out after ${timeout} ms)`;
  return `The Workflow engine stopped the run (${tellErrorName(error)})`;
}
