// How the messages begin that errors of this code have, by the error's code. An error that comes out of a step is a text
// and no more, so this tells one of ours from one that only looks like it: `[database] …` may be anybody's.
import { ERROR_CODES } from '../../supabase/functions/_shared/batchError.ts';
import { FUNCTION_NAME } from '../../supabase/functions/_shared/contactBatch.ts';

const CALL = String.raw`(?:GET|POST) [/\w.{}-]{1,200}`;
const REFUSED = new RegExp(`^ServiceTitan refused the call ${CALL} with \\d{3}[ :]`);
const OF_THE_FUNCTION = new RegExp(`^The Edge Function ${FUNCTION_NAME} (?:gave no answer|answered \\d{3}): `);

const BEGINNINGS: Record<string, RegExp> = {
  unexpected: /^(?:[A-Za-z]{1,20} was thrown: see the Worker's log|The Workflow engine stopped the run \()/,
  config_invalid:
    /^(?:These settings are missing or malformed: [A-Z_]{1,40} |CREDENTIALS_KEY(?:_PREVIOUS)? has to be |A page in the state of this run (?:was|does) |The (?:client_secret|app_key) of workspace [\w-]{1,64} (?:was|does) |The workspace is no longer connected, |The address in [A-Z_]{1,40} can't be used: |The ServiceTitan connection can't be used: )/,
  argument_invalid: /^[A-Za-z]{1,40} must (?:be|hold|not be) /,
  payload_invalid:
    /^(?:ServiceTitan (?:answered|does not apply the filter|said twice that more records follow|fails on more than) |ServiceTitan shows no customer\.|ServiceTitan shows more than |There is no other customer\.|(?:The contacts of a|A) customer on the recheck list |A page in the state of this run is |The workspace has no cursor )/,
  reading_stopped: /^The reading of the (?:customers list|(?:customers|contacts) export) was stopped, because /,
  redirected: /^The service behind [A-Z_]{1,40}(?: or [A-Z_]{1,40})? answered with a redirect, /,
  database_went_back: /^The database went back behind what this run had written /,
  superseded: /^This run may not write any more \([a-z_]{1,40}\): /,
  database:
    /^Supabase could not answer the (?:SQL function|table) [a-z_]{1,63} \(status \d{1,3}, code (?:[A-Z0-9]{5,8}|none)\): /,
  credentials_refused: REFUSED,
  permission_missing: REFUSED,
  servicetitan_request: REFUSED,
  servicetitan_rate_limit: REFUSED,
  servicetitan_server: new RegExp(`^ServiceTitan failed on ${CALL} with \\d{3}[ :]`),
  servicetitan_network: new RegExp(`^The connection to ServiceTitan failed on ${CALL}[ :]`),
  servicetitan_timeout: new RegExp(`^ServiceTitan gave no answer in time to ${CALL}[ :]`),
};

const CODES_OF_THE_FUNCTION: readonly string[] = ['edge_function', 'edge_function_unreachable', ...ERROR_CODES];

/** Whether an error of this code and message was raised by this code. */
export function isOwnMessage(code: string, message: string): boolean {
  if (Object.hasOwn(BEGINNINGS, code) && BEGINNINGS[code]!.test(message)) return true;
  return CODES_OF_THE_FUNCTION.includes(code) && OF_THE_FUNCTION.test(message);
}
