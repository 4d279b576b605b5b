// Whether ServiceTitan still grants what each workspace needs, and ServiceTitan's clock. Of many workspaces a
// few are tried, each at most once a minute, because every try costs ServiceTitan calls.
import type { Config } from '../config.ts';
import { tryScopes, type TriedScopes } from '../credentials/tryScopes.ts';
import { SyncError } from '../errors.ts';
import { again, type Wait } from './again.ts';
import { compareClocks } from './clocks.ts';
import { fail, failed, type Finding, notLookedAt, ok, warn, workspaceName } from './finding.ts';
import type { OpenedConnection } from './keys.ts';

/** With six calls each: far below what ServiceTitan allows in a second. */
export const MOST_TRIED = 5;
const KEPT_MS = 60_000;
const TIMEOUT_MS = 7_000;

interface Clock {
  now: () => number;
  wait: Wait;
}

interface Kept {
  at: number;
  tried: TriedScopes;
}

/**
 * By the saving of the credentials: connecting again asks anew. What failed for another reason is not kept.
 */
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
        return error instanceof SyncError && error.code === 'servicetitan_rate_limit'
          ? warn(check, finding.message, finding.advice)
          : finding;
      }
    }),
  );
  return [
    ...findings,
    ...restOf(connections.length),
    clock ?? notLookedAt('clocks/servicetitan', 'ServiceTitan gave no answer with a time'),
  ];
}

async function tryOnce(
  config: Config,
  { connection, opened }: OpenedConnection,
  { now, wait }: Clock,
): Promise<TriedScopes> {
  const known = kept.get(connection.credentials_id);
  if (known !== undefined && now() >= known.at && now() - known.at < KEPT_MS) return known.tried;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const attempt = () => tryScopes(config, opened, connection.environment, { now, signal });
  const tried = await again(attempt, wait);
  for (const [id, { at }] of kept) if (now() - at >= KEPT_MS) kept.delete(id);
  kept.set(connection.credentials_id, { at: now(), tried });
  return tried;
}

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
  return [
    ok(
      'scopes',
      `${rest} more workspaces were not tried, to spare ServiceTitan: GET /doctor?workspaceId=<id> tries one.`,
    ),
  ];
}

function clockOf({ clock }: TriedScopes): Finding | undefined {
  if (clock === null) return undefined;
  // The header has whole seconds, cut off.
  const { serviceTitan, worker } = clock;
  return compareClocks('clocks/servicetitan', 'ServiceTitan', serviceTitan, { from: worker - 1000, to: worker });
}
