// What stops somebody in SECURITY.md, taken away: the test that the document names has to turn red.
import type { Mutant } from './mutate.ts';

/** One that a test named in the threat model catches. */
export interface SecurityMutant extends Mutant {
  tests: { file: string; title: string; why: string };
}

function taken(
  name: string,
  at: Mutant['at'],
  edits: Mutant['edits'],
  [file, title]: [file: string, title: string],
): SecurityMutant {
  return {
    name: `security: ${name}`,
    rule: 'SECURITY',
    at,
    edits,
    tests: { file, title, why: 'SECURITY.md names it' },
  };
}

const auth = { file: 'src/http/auth.ts' };
const app = { file: 'src/http/app.ts' };
const protection = 'test/worker/protection.test.ts';
const roles = 'test/sql/roles.test.ts';
/** Any function: what is put behind it is carried out by the migration that defines it. */
const prune = { sql: 'prune_servicetitan_history' };
const GRANT = 'grant execute on function public.prune_servicetitan_history(integer, integer) to service_role;';

export const SECURITY_MUTANTS: SecurityMutant[] = [
  taken(
    'let any token in',
    auth,
    [['  if (!isCurrent && !isPrevious) return undefined;\n', '']],
    [
      'test/worker/strangers.test.ts',
      'a stranger gets one and the same 401 on every route there is or is not, by every method',
    ],
  ),
  taken(
    'no limit by network',
    auth,
    [["  await limit(context, 'CALLS', `network ${network}`);\n", '']],
    [protection, 'a flood from one network is refused before its token is looked at'],
  ),
  taken(
    'no limit on failed authentications',
    auth,
    [["    await limit(context, 'FAILED_AUTHENTICATIONS', network);\n", '']],
    [protection, 'who goes on without the right token is told to wait, and the right token is let in beside it'],
  ),
  taken(
    'no limit by token',
    auth,
    [["  await limit(context, 'CALLS', `token ${caller.fingerprint}`);\n", '']],
    [protection, 'a token is limited however many networks it is used from'],
  ),
  taken(
    'bodies of any size',
    app,
    [['const MAX_BODY_BYTES = 64 * 1024;', 'const MAX_BODY_BYTES = 64 * 1024 * 1024;']],
    ['test/worker/hostile.test.ts', 'refused: %s'],
  ),
  taken(
    'ids of any characters',
    { file: 'src/http/input.ts' },
    [['/^[A-Za-z0-9_-]{1,64}$/', '/^[^]{1,64}$/']],
    ['test/worker/hostile.test.ts', 'refused: %s'],
  ),
  taken(
    'a page in a frame',
    app,
    [['frameAncestors: ["\'none\'"]', 'frameAncestors: ["*"]']],
    [protection, '%s answers token %s with the security headers, to no other origin, and is stored nowhere'],
  ),
  taken(
    'debug routes always open',
    { file: 'src/http/debug.ts' },
    [["if (!context.get('config').DEBUG_ENDPOINTS) {", 'if (context === undefined) {']],
    ['test/worker/http.test.ts', 'debug routes are closed unless opened'],
  ),
  taken(
    'debug calls leave no line',
    app,
    [["app.use('/debug/*', auditDebugCalls);\n", '']],
    [protection, 'leave who, what, when, from where and the status, and no content'],
  ),
  taken(
    'redact shows texts',
    { file: 'src/http/redact.ts' },
    [['(KINDS.has(name) && KIND.test(value)) ||', 'true ||']],
    [protection, 'hide the person with redact=true and keep ids, kinds, flags and times'],
  ),
  taken(
    'a sealed value bound to nothing',
    { file: 'src/credentials/seal.ts' },
    [['encode(`${workspaceId}/${field}`)', 'encode(`${workspaceId && field && 0}`)']],
    ['test/run/rotation.test.ts', 'a sealed value that is moved to another row opens there for no run'],
  ),
  taken(
    'nothing is sealed anew',
    { file: 'src/schedule/resealConnections.ts' },
    [['  if (config.CREDENTIALS_KEY_PREVIOUS === undefined) return;\n', '  if (config) return;\n']],
    ['test/run/rotation.test.ts', 'a tick seals anew what the old key sealed, and says that nothing is left'],
  ),
  taken(
    'pages under the key of the credentials',
    { file: 'src/credentials/sealingKeys.ts' },
    [
      [
        "return crypto.subtle.deriveKey(derivation, root, kind, false, ['encrypt', 'decrypt']);",
        "return (derivation && root && kind && crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']));",
      ],
    ],
    ['test/unit/credentials/seal.test.ts', 'the keys of the pages are others than those of the credentials'],
  ),
  taken(
    'a page bound to no run',
    { file: 'src/credentials/sealPage.ts' },
    [['new Blob([`${run.workspaceId}/${run.instanceId}/`, header])', 'new Blob([header])']],
    ['test/unit/sync/page.test.ts', 'a page sealed %s does not open'],
  ),
  taken(
    'pages shown to observers',
    { file: 'src/sync/steps.ts' },
    [["  sensitive: 'output',\n", '']],
    [
      'test/unit/sync/steps.test.ts',
      'a page is hidden from whoever looks at a run, and gone a day after it, three days where it failed',
    ],
  ),
  taken(
    'a table granted to anon',
    prune,
    [[GRANT, `${GRANT}\ngrant select on public.servicetitan_connections to anon;`]],
    [
      roles,
      'strangers hold no privilege of any kind: on a table, a column, a function, the schema, or what is created next',
    ],
  ),
  taken(
    'a table without row level security',
    prune,
    [[GRANT, `${GRANT}\nalter table public.servicetitan_connections disable row level security;`]],
    [roles, 'row level security is on for every table, and no policy opens one'],
  ),
  taken(
    'a function granted to signed-in users',
    prune,
    [[GRANT, GRANT.replace('service_role', 'service_role, authenticated')]],
    [roles, '%s can call no function'],
  ),
  taken(
    'a table that nobody listed',
    prune,
    [[GRANT, `${GRANT}\ncreate table public.forgotten (id text);`]],
    [roles, 'the tables and functions found are those that are tested below'],
  ),
  taken(
    'a function with a search path',
    prune,
    [["set search_path = ''\n", '']],
    [roles, 'every function runs as its caller, finds nothing by a search path, and is granted to service_role'],
  ),
  taken(
    'the function says which key it wants',
    { file: 'supabase/functions/servicetitan-contact-sync/index.ts' },
    [['if (response.status !== 401) return response;', 'if (response) return response;']],
    ['test/function/deno.test.ts', 'with %s are refused and told nothing'],
  ),
  taken(
    'bodies inflate without end',
    { file: 'supabase/functions/servicetitan-contact-sync/readJson.ts' },
    [['const MAX_INFLATED_BYTES = 32 *', 'const MAX_INFLATED_BYTES = 3200 *']],
    ['test/function/body.test.ts', '32 MiB inflated are read, one byte more is refused with 413'],
  ),
  taken(
    'bodies of the function of any size',
    { file: 'supabase/functions/servicetitan-contact-sync/readJson.ts' },
    [['const MAX_BYTES = 8 *', 'const MAX_BYTES = 800 *']],
    ['test/function/body.test.ts', '8 MiB are read, one byte more is refused with 413'],
  ),
  taken(
    'the lease held by nobody in particular',
    { sql: 'hold_servicetitan_lease' },
    [['\n    and stored.run_instance_id = p_instance_id\n    and (p_fence is null or stored.fence = p_fence)', '']],
    [
      'test/sql/otherWorkspace.test.ts',
      "R8: a batch under another workspace's id is refused, also where that has a live run of the same fence",
    ],
  ),
  taken(
    "another customer's contact methods",
    { file: 'supabase/functions/servicetitan-contact-sync/handler.ts' },
    [['.every((method) => method.customer_id === id)', '.every((method) => method.customer_id !== id || true)']],
    [
      'test/function/refusals.test.ts',
      "a customer that carries another's contact methods is set aside, for it would take them away",
    ],
  ),
  taken(
    'an alert signed without its time',
    { file: 'src/alerts/sign.ts' },
    [['encoder.encode(`${id}.${timestamp}.${body}`)', 'encoder.encode(`${id}.${timestamp && body}`)']],
    ['test/run/alerts.test.ts', 'a message is signed as the Standard Webhooks say'],
  ),
  taken(
    'a version that may move',
    { file: 'package.json' },
    [['"postgres": "3.4.9"', '"postgres": "^3.4.9"']],
    ['test/lockfile.test.ts', 'the versions in package.json are exact'],
  ),
  taken(
    'packages run programs while they are installed',
    { file: '.npmrc' },
    [['ignore-scripts=true\n', '']],
    [
      'test/lockfile.test.ts',
      'no package may run a program while it is installed: all are off, and each that has one is off by name',
    ],
  ),
  taken(
    'known kinds of secrets are not looked for',
    { file: '.secretlintrc.json' },
    [['{ "id": "@secretlint/secretlint-rule-preset-recommend" },\n', '']],
    ['test/secrets.test.ts', 'a planted secret of each kind is found, and what only looks like one is not'],
  ),
];
