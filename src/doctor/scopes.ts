// Whether ServiceTitan still grants what each workspace needs, and ServiceTitan's clock. Of many workspaces a
// few are tried, each at most once a minute, because every try costs ServiceTitan calls.
import type { Config } from '../config.ts';
import { tryScopes, type TriedScopes } from '../credentials/tryScopes.ts';
import { SyncError } from '../errors.ts';
import type { Wait } from './again.ts';
import { compareClocks } from './clocks.ts';
import { counted, fail, failed, type Finding, notLookedAt, ok, warn, workspaceName } from './finding.ts';
import type { OpenedConnection } from './keys.ts';

/**
 * With six calls each, or twice as many where something is refused: far below what ServiceTitan allows in a
 * second.
 */
export const MOST_TRIED = 5;
const KEPT_MS = 60_000;
/** For both tries: what else stands beside these lines has to be told in time too. */
const TIMEOUT_MS = 5_000;

interface Clock {
  now: () => number;
  wait: Wait;
}

interface Kept {
  at: number;
  /** Rejected where ServiceTitan answered neither yes nor no. */
  outcome: PromiseSettledResult<TriedScopes>;
}

/** By the saving of the credentials: connecting again asks anew. */
const kept = new Map<string, Kept>();

/** `connections`: those worth a try, the most doubtful first. */
export async function checkScopes(
  config: Config,
  connections: readonly OpenedConnection[],
  { now, wait }: Clock,
): Promise<Finding[]> {
  if (connections.length === 0)
    return [
      ok('scopes', 'There is no workspace to try: none is connected, not paused, and opened by the key.'),
      ok('clocks/servicetitan', 'There is no workspace to ask ServiceTitan for.'),
    ];
  let clock: Finding | undefined;
  const findings = await Promise.all(
    connections.slice(0, MOST_TRIED).map(async (one) => {
      const check = `scopes/${workspaceName(one.connection.workspace_id)}`;
      try {
        const tried = await tryOnce(config, one, { now, wait });
        clock ??= clockOf(tried);
        return toFinding(check, tried);
      } catch (error) {
        const finding = failed(check, error);
        return isLimit(error) ? warn(check, finding.message, finding.advice) : finding;
      }
    }),
  );
  return [
    ...findings,
    ...restOf(connections.length),
    clock ?? notLookedAt('clocks/servicetitan', 'ServiceTitan gave no answer with a time'),
  ];
}

async function tryOnce(config: Config, one: OpenedConnection, clock: Clock): Promise<TriedScopes> {
  const { now } = clock;
  const id = one.connection.credentials_id;
  let known = kept.get(id);
  if (known === undefined || now() < known.at || now() - known.at >= KEPT_MS) {
    const [outcome] = await Promise.allSettled([tryTwice(config, one, clock)]);
    known = { at: now(), outcome };
    for (const [other, { at }] of kept) if (now() - at >= KEPT_MS) kept.delete(other);
    kept.set(id, known);
  }
  if (known.outcome.status === 'rejected') throw known.outcome.reason;
  return known.outcome.value;
}

/**
 * ServiceTitan too refuses once what it grants a second later; a limit that was passed is not asked again.
 */
async function tryTwice(
  config: Config,
  { connection, opened }: OpenedConnection,
  { now, wait }: Clock,
): Promise<TriedScopes> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const attempt = () => tryScopes(config, opened, connection.environment, { now, signal });
  try {
    const tried = await attempt();
    if (tried.refused === null && tried.checks.every(({ result }) => result === 'granted')) return tried;
  } catch (error) {
    if (isLimit(error) || signal.aborted) throw error;
  }
  await wait(1000);
  return attempt();
}

const isLimit = (error: unknown) => error instanceof SyncError && error.code === 'servicetitan_rate_limit';

function toFinding(check: string, { refused, checks }: TriedScopes): Finding {
  if (refused !== null) return fail(check, 'ServiceTitan refuses the credentials.', refused);
  const lacking = checks.filter(({ result }) => result !== 'granted');
  if (lacking.length === 0) return ok(check, 'ServiceTitan grants what is needed.');
  const needed = lacking.find(({ required, result }) => required && result === 'missing');
  const shown = needed ?? lacking[0]!;
  const scopes = [...new Set(lacking.map(({ scope }) => scope))].join(', ');
  if (needed) return fail(check, `ServiceTitan refuses what the sync needs: ${scopes}.`, shown.message);
  return warn(check, `ServiceTitan does not grant ${scopes}, which the sync does without.`, shown.message);
}

function restOf(count: number): Finding[] {
  const rest = count - MOST_TRIED;
  if (rest <= 0) return [];
  return [ok('scopes', `${counted(rest, 'workspace')} more could be tried; GET /doctor?workspaceId=<id> tries one.`)];
}

function clockOf({ clock }: TriedScopes): Finding | undefined {
  if (clock === null) return undefined;
  // The header has whole seconds, cut off.
  const { serviceTitan, from, to } = clock;
  return compareClocks('clocks/servicetitan', 'ServiceTitan', serviceTitan, { from: from - 1000, to });
}
