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
const loopback = { file: 'local/loopback.ts' };
const front = { file: 'local/front.ts' };
const stateSecrets = { file: 'local/stateSecrets.ts' };
const seal = { file: 'src/credentials/seal.ts' };
const outgoing = { file: 'src/outgoing.ts' };
const shapes = { file: 'supabase/functions/_shared/shapes.ts' };
const secretSettings = { file: 'src/settings/secrets.ts' };
const guard = { file: 'supabase/functions/servicetitan-contact-sync/index.ts' };
const hearOut = { file: 'supabase/functions/servicetitan-contact-sync/hearOut.ts' };
const protection = 'test/worker/protection.test.ts';
const settings = 'test/worker/settings.test.ts';
const swaps = 'test/run/swaps.test.ts';
const keys = 'test/function/keys.test.ts';
const kept = 'test/function/kept.test.ts';
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
    'strangers are told what is set up',
    app,
    [
      [
        "context.set('settings', readSettings(context.env));",
        "const { config, faults } = readSettings(context.env);\n  if (config === null) throw new ConfigError(describeFaults(faults));\n  context.set('settings', readSettings(context.env));",
      ],
    ],
    [settings, 'a stranger is told the same words, byte for byte, by every route and method, where %s'],
  ),
  taken(
    'an open Worker where there is no usable token',
    auth,
    [['throw noToken(faults);', 'return next();']],
    [settings, 'everybody is told only that there is none, by every route and method, where %s'],
  ),
  taken(
    'no limit where there is no usable token',
    auth,
    [
      ['    if (!tokens.API_TOKEN && !tokens.API_TOKEN_PREVIOUS) throw noToken(faults);\n', ''],
      [
        "  const network = networkOf(addressOf(context) ?? 'unknown');\n",
        "  if (!tokens.API_TOKEN && !tokens.API_TOKEN_PREVIOUS) throw noToken(faults);\n  const network = networkOf(addressOf(context) ?? 'unknown');\n",
      ],
    ],
    [settings, 'that there is no usable token is told within the rate limits alone'],
  ),
  taken(
    'a setting at fault is repeated',
    { file: 'src/settings/kinds.ts' },
    [['otherwise(String(input)) ?? `has', 'otherwise(String(input)) ?? `is ${String(input)} and has']],
    [
      settings,
      'a trusted caller is told every setting at fault and what to do, never a value, and the log has it once',
    ],
  ),
  taken(
    'weak tokens',
    secretSettings,
    [['const TOKEN = /^[\\x21-\\x7e]{32,512}$/;', 'const TOKEN = /^[\\x21-\\x7e]{8,512}$/;']],
    ['test/unit/config.test.ts', 'a setting is refused by its name, with what it has to be and without its value: %s'],
  ),
  taken(
    'keys that are text, as those of the repository were',
    secretSettings,
    [['hasManyValues(values) && !isText(values) && isRandomText(text)', 'hasManyValues(values)']],
    ['test/unit/config.test.ts', 'no text that stands in this repository is taken for a secret'],
  ),
  taken(
    'placeholders for tokens',
    secretSettings,
    [['TOKEN.test(text) && isRandomText(text)', 'TOKEN.test(text)']],
    ['test/unit/randomness.test.ts', 'what people type for a token instead is refused: %s'],
  ),
  taken(
    'one secret for two settings',
    { file: 'src/config.ts' },
    [['  faults.push(...notOfOneself(given));\n', '']],
    ['test/unit/config.test.ts', 'a setting is refused by its name, with what it has to be and without its value: %s'],
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
    [protection, '%s answers %s with the security headers, to no other origin, and is stored nowhere'],
  ),
  taken(
    'page files over http',
    { file: 'page/_headers' },
    [['  Strict-Transport-Security: max-age=15552000; includeSubDomains\n', '']],
    [protection, "the page's files carry the same headers as the Worker's answers"],
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
    'a sealed value bound to no field',
    seal,
    [
      [
        '[field, workspaceId, environment, tenantId, clientId, credentialsId]',
        '[workspaceId, environment, tenantId, clientId, credentialsId]',
      ],
    ],
    [swaps, 'two sealed values that change places open for no run'],
  ),
  taken(
    'a sealed value bound to no workspace',
    seal,
    [
      [
        '[field, workspaceId, environment, tenantId, clientId, credentialsId]',
        '[field, environment, tenantId, clientId, credentialsId]',
      ],
    ],
    [swaps, 'the whole row of another workspace opens for no run'],
  ),
  taken(
    'a sealed value bound to no environment',
    seal,
    [
      [
        '[field, workspaceId, environment, tenantId, clientId, credentialsId]',
        '[field, workspaceId, tenantId, clientId, credentialsId]',
      ],
    ],
    [swaps, 'sealed values in a row that was changed to %s open for no run'],
  ),
  taken(
    'a sealed value bound to no tenant',
    seal,
    [
      [
        '[field, workspaceId, environment, tenantId, clientId, credentialsId]',
        '[field, workspaceId, environment, clientId, credentialsId]',
      ],
    ],
    [swaps, 'sealed values in a row that was changed to %s open for no run'],
  ),
  taken(
    'a sealed value bound to no client id',
    seal,
    [
      [
        '[field, workspaceId, environment, tenantId, clientId, credentialsId]',
        '[field, workspaceId, environment, tenantId, credentialsId]',
      ],
    ],
    [swaps, 'sealed values in a row that was changed to %s open for no run'],
  ),
  taken(
    'a sealed value bound to no saving',
    seal,
    [
      [
        '[field, workspaceId, environment, tenantId, clientId, credentialsId]',
        '[field, workspaceId, environment, tenantId, clientId]',
      ],
    ],
    [
      swaps,
      'an older sealed value that is put back alone opens for no run, neither does the newer one beside an older id',
    ],
  ),
  taken(
    'a sealed value bound to nothing',
    seal,
    [['[field, workspaceId, environment, tenantId, clientId, credentialsId]', '[]']],
    [swaps, 'a sealed value that is moved to another row opens there for no run'],
  ),
  taken(
    'nothing is sealed anew',
    { file: 'src/schedule/resealConnections.ts' },
    [['  if (config.CREDENTIALS_KEY_PREVIOUS === undefined) return true;\n', '  if (config) return true;\n']],
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
    guard,
    [['answered && handled.has(answered) ? answered', 'answered ? answered']],
    ['test/function/deno.test.ts', 'with %s are refused and told nothing'],
  ),
  taken(
    'the function without its key says so to strangers',
    guard,
    [['answered && handled.has(answered) ? answered', 'answered?.status !== 401 && answered ? answered']],
    [keys, 'with %s a caller is told what strangers are told, and the log says what is missing'],
  ),
  taken(
    'the function follows redirects',
    guard,
    [["redirect: 'manual'", "redirect: 'follow'"]],
    [keys, "the database's redirect with %s is not followed and not believed"],
  ),
  taken(
    'a refused body is not heard out',
    guard,
    [['const isHeard = await hearRest(request);', 'const isHeard = hearRest.length > 0;']],
    [kept, 'after %s the next calls on the same connection are answered'],
  ),
  taken(
    'a body that is too long is not heard out',
    hearOut,
    [['else chunks = []; // what is too long is heard and not kept', 'else break;']],
    [kept, 'what is too long is heard to its end and not kept'],
  ),
  taken(
    'a body without an end is held on to',
    hearOut,
    [['        reader.cancel().catch(() => {});\n', '']],
    [kept, 'a body that does not come to its end is given up'],
  ),
  taken(
    'the Worker follows redirects',
    outgoing,
    [["redirect: 'manual'", "redirect: 'follow'"]],
    ['test/worker/redirects.test.ts', '$what: a redirect with $status is not followed, and its body is not believed'],
  ),
  taken(
    'secrets travel in clear',
    outgoing,
    [['if (url === null || !isSafeAddress(url)) throw', 'if (url === null) throw']],
    ['test/worker/redirects.test.ts', 'nothing is sent to %s'],
  ),
  taken(
    "another system's code as it is",
    shapes,
    [["typeof code === 'string' && SQL_STATE.test(code) ?", "typeof code === 'string' ?"]],
    ['test/unit/shapes.test.ts', '%j is no code of the database'],
  ),
  taken(
    "the Data API's words in a message",
    { file: 'src/supabase/client.ts' },
    [
      [
        'throw new DatabaseError(what, status, error.code);',
        'throw new DatabaseError(`${what} ${error.message}`, status, error.code);',
      ],
    ],
    ['test/resilience/leaks/leaks.test.ts', 'the answers of the Worker hold neither'],
  ),
  taken(
    'messages of any length',
    shapes,
    [['text.length <= longest ? text', 'text.length >= 0 ? text']],
    ['test/unit/shapes.test.ts', 'a conflict, the name of an error and the length are of closed shapes'],
  ),
  taken(
    'a net with no meshes',
    { file: 'src/secrets.ts' },
    [['if (clean.includes(form)) clean = ', 'if (clean.includes(form) && form === MARK) clean = ']],
    ['test/unit/secrets.test.ts', 'a secret is taken out %s'],
  ),
  taken(
    'answers without the net',
    app,
    [['app.use(takeOutSecrets);\n', '']],
    ['test/worker/storedTexts.test.ts', 'no debug answer holds a secret, even where ServiceTitan has it in a record'],
  ),
  taken(
    'stored texts of any length',
    { file: 'src/supabase/storedText.ts' },
    [['cutShort(withoutSecrets(text), longest)', 'cutShort(withoutSecrets(text), longest * 100)']],
    ['test/worker/storedTexts.test.ts', 'no answer holds a secret that stands in the database, nor a page of text'],
  ),
  taken(
    'alerts without the net',
    { file: 'src/alerts/body.ts' },
    [
      ['given.name === null ? null : toShown(given.name, LONGEST_NAME)', 'given.name'],
      ['return withoutSecretsInJson(', 'return ('],
    ],
    ['test/unit/alertBody.test.ts', 'a message as %s holds no secret, whole or half, and is short'],
  ),
  taken(
    'a log without the net',
    { file: 'src/log.ts' },
    [['return withoutSecrets(JSON.stringify(entry));', 'return JSON.stringify(entry);']],
    ['test/unit/secrets.test.ts', 'they are taken out of the log and of errors'],
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
    { file: 'supabase/functions/servicetitan-contact-sync/sound.ts' },
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
    'any Host on this machine',
    loopback,
    [['hosts.length !== 1 || !isOwn(hosts[0]!)', 'hosts.length !== 1']],
    ['test/local/loopback.test.ts', '%s lets in this machine alone'],
  ),
  taken(
    'any Origin on this machine',
    loopback,
    [["origin.startsWith('http://') &&", "origin !== '' ||"]],
    ['test/local/loopback.test.ts', '%s lets in this machine alone'],
  ),
  taken(
    'any site on this machine',
    loopback,
    [["site === 'same-origin' || site === 'none'", "site !== ''"]],
    ['test/local/loopback.test.ts', '%s lets in this machine alone'],
  ),
  taken(
    'a rebound name in the browser',
    loopback,
    [['hosts.length !== 1 || !isOwn(hosts[0]!)', 'hosts.length !== 1']],
    ['test/browser/foreignPage.test.ts', 'a name that was rebound to this machine shows no page and answers no call'],
  ),
  taken(
    'CORS of the parts of the local stack',
    { file: 'local/forward.ts' },
    [['/^(?:access-control-.*|connection|', '/^(?:connection|']],
    [
      'test/local/front.test.ts',
      'takes from the caller no header that only the network in front of a Worker sets, and answers no CORS',
    ],
  ),
  taken(
    'headers that are lies',
    front,
    [['/^(?:mf-|cf-|', '/^(?:cf-|']],
    [
      'test/local/front.test.ts',
      'takes from the caller no header that only the network in front of a Worker sets, and answers no CORS',
    ],
  ),
  taken(
    'blind changes',
    front,
    [['!isReadOnly(incoming) && !isDeliberate(incoming)', '!isReadOnly(incoming) && !isDeliberate']],
    ['test/local/front.test.ts', 'a change that comes with %s is refused'],
  ),
  taken(
    "the dev server's own paths",
    front,
    [
      [
        'return isExplorer && !hidesAnother ? pathname + search : undefined;',
        'return isExplorer && hidesAnother ? undefined : pathname + search;',
      ],
    ],
    ['test/local/front.test.ts', 'the rest of the dev server is shut: %s'],
  ),
  taken(
    'a debugger in the local stack',
    { file: 'local/devServer.ts' },
    [['    inspector: false,\n', "    inspector: { hostname: '127.0.0.1', port: 0 },\n"]],
    [
      'test/local/openStack.test.ts',
      'no port of a started stack opens a WebSocket, to a debugger or anything else, for a page of another origin',
    ],
  ),
  taken(
    'a key that every local stack shares',
    stateSecrets,
    [
      [
        "credentialsKey: randomBytes(32).toString('base64')",
        "credentialsKey: Buffer.alloc(32, 'key').toString('base64')",
      ],
    ],
    [
      'test/local/stateSecrets.test.ts',
      'each folder gets secrets of its own, which a later start finds again, on other ports too',
    ],
  ),
  taken(
    'a state file that others read',
    stateSecrets,
    [['mode: 0o600', 'mode: 0o644']],
    ['test/local/stateSecrets.test.ts', 'the file is for its owner alone, also where it was open to others before'],
  ),
  taken(
    'secrets that another user has planted',
    stateSecrets,
    [['isOwnFile(file) ?', 'existsSync(file) ?']],
    ['test/local/stateSecrets.test.ts', 'secrets that somebody may have planted are neither read nor written over: %s'],
  ),
  taken(
    'a state folder that others list',
    { file: 'local/stateFolder.ts' },
    [['const FOLDER_MODE = 0o711;', 'const FOLDER_MODE = 0o755;']],
    [
      'test/local/stateSecrets.test.ts',
      'a folder that was made for the stack is closed to others, one that was there before only in its parts',
    ],
  ),
  taken(
    'a version that may move',
    { file: 'package.json' },
    [['"postgres": "3.4.9"', '"postgres": "^3.4.9"']],
    ['test/lockfile.test.ts', 'the versions in package.json are exact'],
  ),
  taken(
    'a package that stands under the name of another',
    { file: 'package-lock.json' },
    [['    "node_modules/postgres": {\n', '    "node_modules/postgres": {\n      "name": "pg",\n']],
    [
      'test/lockfile.test.ts',
      'every package comes from the registry under its own name: none from a folder, an archive or a repository',
    ],
  ),
  taken(
    'a package without a hash of its content',
    { file: 'package-lock.json' },
    [
      [
        `    "node_modules/postgres": {
      "version": "3.4.9",
      "integrity": "sha512-`,
        `    "node_modules/postgres": {
      "version": "3.4.9",
      "integrity": "sha1-`,
      ],
    ],
    [
      'test/lockfile.test.ts',
      'every package is locked to its content, those of other platforms too, but for the few that the registry lacks',
    ],
  ),
  taken(
    'npm is pointed at another registry',
    { file: '.npmrc' },
    [['audit=false\n', 'audit=false\nregistry=https://packages.example/\n']],
    ['test/lockfile.test.ts', 'npm is told these settings in one file, and no other; one lockfile counts'],
  ),
  taken(
    "another Worker's run is judged",
    { sql: 'claim_servicetitan_run' },
    [['  elsif v_is_alive and v_state.deployment <> p_deployment then', '  elsif false then']],
    [
      'test/rules/r8OtherWorker.test.ts',
      'R8: the /trigger of another Worker is told whose run is under way, and ends nothing',
    ],
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
