// Errors lose their class on the way out of a step: only text arrives. So the code travels in front of the message.
import { SyncError } from '../errors.ts';

const UNKNOWN_CODE = 'unexpected';
/** What engines put in front of an error's text when its class is lost. */
const LOST_CLASSES = /^(?:[A-Za-z]*Error: )+/;
const CODED = /^\[([a-z_]+)\] (.*)$/s;

/** The text that carries an error out of a step. */
export function toStepMessage(error: unknown): string {
  if (error instanceof SyncError) return `[${error.code}] ${error.message}`;
  // Foreign errors may quote what they choked on: their name is safe, their text is not.
  return `[${UNKNOWN_CODE}] ${error instanceof Error ? error.name : 'Something'} was thrown: see the Worker's log at this time.`;
}

export interface Failure {
  code: string;
  message: string;
}

/** Code and message of what a step threw, or what `run()` itself did. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof SyncError) return { code: error.code, message: error.message };
  const text = (error instanceof Error ? error.message : String(error)).replace(LOST_CLASSES, '');
  const [
    ,
    code = UNKNOWN_CODE,
    message = `The Workflow engine stopped the run (${text.slice(0, 200)}): the next run goes on from where it stood`,
  ] = CODED.exec(text) ?? [];
  return { code, message };
}
