// The Edge Function: whether it answers, takes the key, speaks this Worker's contract, and runs where it
// should.
import { FUNCTION_NAME } from '../../supabase/functions/_shared/contactBatch.ts';
import type { AskedFunction } from '../supabase/contract.ts';
import { fail, failed, type Finding, notLookedAt, ok, warn } from './finding.ts';

const DEPLOY = `Deploy it: \`npx supabase functions deploy ${FUNCTION_NAME}\`, from the version of this Worker.`;

/** A secret key is no JWT. */
const REDEPLOY = `${DEPLOY.replace(/\.$/, '')}, with its supabase/config.toml, which sets verify_jwt to false.`;

export async function checkFunction(
  ask: () => Promise<AskedFunction>,
  wantedRegion: string | undefined,
): Promise<Finding[]> {
  try {
    const { outcome, region } = await ask();
    if (outcome === 'missing')
      return without('it is not there', fail('function', 'There is none at this address.', DEPLOY));
    if (outcome === 'held_back')
      return without(
        'no call reaches it',
        fail(
          'function',
          'What stands before it refuses the call (401), as where it was deployed with verify_jwt.',
          REDEPLOY,
        ),
      );
    const answers = ok('function', 'It answers.');
    const where = checkRegion(region, wantedRegion);
    if (outcome === 'refused')
      return [
        answers,
        fail(
          'function_key',
          "It does not take the Worker's key.",
          "Put the secret key that it expects (SERVICETITAN_SYNC_KEY_NAME, else the one named default) into the Worker's SUPABASE_SECRET_KEY.",
        ),
        notLookedAt('function_contract', 'it does not take the key'),
        where,
      ];
    return [
      answers,
      ok('function_key', "It takes the Worker's key."),
      outcome === 'same'
        ? ok('function_contract', "It has this Worker's contract.")
        : fail('function_contract', "It is of another version than this Worker's contract.", DEPLOY),
      where,
    ];
  } catch (error) {
    return without('it does not answer', failed('function', error));
  }
}

function without(because: string, finding: Finding): Finding[] {
  const others = ['function_key', 'function_contract', 'function_region'];
  return [finding, ...others.map((check) => notLookedAt(check, because))];
}

/** A project on one's own machine tells none. */
function checkRegion(region: string | null, wanted: string | undefined): Finding {
  const check = 'function_region';
  if (region === null && wanted === undefined) return ok(check, 'None is set, and the answer tells none.');
  if (region === wanted) return ok(check, `It ran in ${region}, as SUPABASE_REGION says.`);
  if (region === null)
    return warn(
      check,
      'Its answer does not tell where it ran, so nobody knows whether SUPABASE_REGION is right.',
      "Compare SUPABASE_REGION with the region of the project's database, in Supabase's dashboard.",
    );
  if (wanted === undefined)
    return warn(
      check,
      `It ran in ${region}, near the Worker: no SUPABASE_REGION is set.`,
      "Set SUPABASE_REGION to the region of the project's database, so that its calls there are short.",
    );
  return warn(
    check,
    `It ran in ${region}, and not where SUPABASE_REGION says.`,
    "See Supabase's status page, and compare SUPABASE_REGION with the region of the project's database.",
  );
}
