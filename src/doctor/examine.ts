// Looks at everything that a sync needs, part by part. It changes nothing, and no part's fault hides
// another's.
import type { Config, Settings } from '../config.ts';
import { createSupabase } from '../supabase/client.ts';
import { askFunction } from '../supabase/contract.ts';
import { inspectDatabase } from '../supabase/schemaCheck.ts';
import { again } from './again.ts';
import { checkDatabase } from './database.ts';
import { checkFunction } from './edgeFunction.ts';
import type { Examination } from './examination.ts';
import { type Finding, notLookedAt } from './finding.ts';
import { part } from './part.ts';
import { BEHIND_THE_DATABASE, lookAtRecords } from './records.ts';
import { checkSettings } from './settings.ts';
import { checkTelling } from './telling.ts';

const CALL_MS = 3_000;

const OF_THE_DATABASE = ['database', 'schema', 'tables', 'clocks/database'];
const OF_THE_FUNCTION = ['function', 'function_key', 'function_contract', 'function_region'];

/** Never rejects; it takes at most eighteen seconds. */
export async function examine(settings: Settings, examination: Examination): Promise<Finding[]> {
  const { config } = settings;
  const findings = [...checkSettings(settings), ...checkTelling(settings)];
  if (config === null) {
    const others = [...OF_THE_DATABASE, ...OF_THE_FUNCTION, ...BEHIND_THE_DATABASE];
    return [...findings, ...others.map((check) => notLookedAt(check, 'settings are missing that everything needs'))];
  }
  const [ofFunction, ofRest] = await Promise.all([
    part(OF_THE_FUNCTION, () => lookAtFunction(config, examination)),
    lookAtDatabase(settings, config, examination),
  ]);
  return [...findings, ...ofRest, ...ofFunction];
}

async function lookAtFunction(config: Config, { wait }: Examination): Promise<Finding[]> {
  const ask = () => again(() => askFunction(config, AbortSignal.timeout(CALL_MS)), wait);
  return checkFunction(async () => {
    const asked = await ask();
    if (asked.outcome === 'same' || asked.outcome === 'other') return asked;
    await wait(1000);
    return ask();
  }, config.SUPABASE_REGION);
}

async function lookAtDatabase(settings: Settings, config: Config, examination: Examination): Promise<Finding[]> {
  const { now, wait } = examination;
  const supabase = createSupabase(config);
  let isThere = false;
  const findings = await part(OF_THE_DATABASE, async () => {
    const looked = await checkDatabase(() => again(() => inspectDatabase(supabase), wait), now);
    isThere = looked.isThere;
    return looked.findings;
  });
  if (!isThere) {
    return [...findings, ...BEHIND_THE_DATABASE.map((check) => notLookedAt(check, 'the database does not answer'))];
  }
  return [...findings, ...(await lookAtRecords(settings, config, examination))];
}
