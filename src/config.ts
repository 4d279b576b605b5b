// The Worker's environment, read once and typed. Every missing or malformed setting is named at once, and stops only what
// can't do without it.
import { z } from 'zod';
import { MAX_RECORDS } from '../supabase/functions/_shared/contactBatch.ts';
import { ConfigError } from './errors.ts';
import { isAddress, isBaseAddress, isLoopback, isOrigin, isDataApi, isSupabaseDashboard } from './settings/address.ts';
import { onOff, oneOf, setting, wholeNumber } from './settings/kinds.ts';
import { isRegion, LOCATION_HINTS } from './settings/places.ts';
import { inOneForm, isCredentialsKey, isToken, isWebhookSecret } from './settings/secrets.ts';
import { DEFAULT_DEPLOYMENT, isDeployment } from './settings/deployment.ts';
import { isDemoKey, isSupabasePublicKey, isSupabaseSecretKey } from './settings/supabaseKeys.ts';

/** What a Workflow instance is started with. Everything else, above all the credentials, is read where it is used. */
export interface SyncParams {
  workspaceId: string;
}

const token = setting(
  '32 or more random characters of printable ASCII without blanks; `openssl rand -hex 32` prints such a token',
  isToken,
);
const credentialsKey = setting(
  '32 random bytes in base64; `openssl rand -base64 32` prints such a key',
  isCredentialsKey,
);
const serviceTitanAddress = setting(
  'an https address (http on this machine alone) without user, query or fragment',
  isBaseAddress,
);

const settingsSchema = z.object({
  SUPABASE_URL: setting(
    "the project's address, https://<project ref>.supabase.co, without user, path, query or fragment (http on this machine alone)",
    (text) => isOrigin(text) && !isSupabaseDashboard(text),
    (text) =>
      isSupabaseDashboard(text)
        ? "is the dashboard's address: write https://<project ref>.supabase.co, with the ref that stands in the dashboard's address behind /project/"
        : isDataApi(text)
          ? "is the Data API's address: write it without what follows the host, such as /rest/v1"
          : undefined,
  ).transform((text) => new URL(text).origin),
  SUPABASE_SECRET_KEY: setting(
    "a secret key of the project (sb_secret_…, made in the dashboard's settings under API Keys) or its legacy service_role key",
    isSupabaseSecretKey,
    (text) =>
      isSupabasePublicKey(text)
        ? "is a key of the wrong kind, one that browsers may have: take a secret key (sb_secret_…) from the dashboard's settings under API Keys"
        : undefined,
  ),
  API_TOKEN: token.optional(),
  API_TOKEN_PREVIOUS: token.optional(),
  CREDENTIALS_KEY: credentialsKey,
  CREDENTIALS_KEY_PREVIOUS: credentialsKey.optional(),
  DEPLOYMENT: setting('1 to 40 small letters, digits and hyphens', isDeployment).default(DEFAULT_DEPLOYMENT),
  SUPABASE_REGION: setting("the region of the project's database, such as us-east-1", isRegion).optional(),
  LOCATION_HINT: z.enum(LOCATION_HINTS, { error: `has to be one of ${LOCATION_HINTS.join(', ')}` }).optional(),
  DEBUG_ENDPOINTS: onOff,
  INCREMENTAL_PAGE_SIZE: wholeNumber(1, 5000, 50),
  INCREMENTAL_MAX_PAGES: wholeNumber(1, 1000, 100),
  EDGE_FUNCTION_CHUNK_SIZE: wholeNumber(1, MAX_RECORDS, 25),
  INITIAL_CHUNK_SIZE: wholeNumber(1, MAX_RECORDS, 500),
  CURSOR_OVERLAP_SECONDS: wholeNumber(0, 86_400, 900),
  TICK_SECONDS: wholeNumber(1, 86_400, 900),
  SETTLED_EVERY_MINUTES: wholeNumber(0, 60, 55),
  FULL_PASS_DAYS: wholeNumber(0, 365, 7),
  BUSINESS_HOURS_START: wholeNumber(0, 24, 6),
  BUSINESS_HOURS_END: wholeNumber(0, 24, 20),
  RUN_HISTORY_DAYS: wholeNumber(31, 3650, 90),
  ALERT_WEBHOOK_URL: setting(
    'an https address (http on this machine alone) without user or fragment',
    isAddress,
  ).optional(),
  ALERT_WEBHOOK_SECRET: setting(
    'whsec_ and 24 to 64 random bytes in base64; `echo "whsec_$(openssl rand -base64 24)"` prints such a secret',
    isWebhookSecret,
  ).optional(),
  ALERT_WEBHOOK_FORMAT: oneOf(['json', 'slack'], 'json'),
  ALERT_AFTER_TICKS: wholeNumber(1, 96, 3),
  HEARTBEAT_URL: setting(
    'an https address (http on this machine alone) without user or fragment',
    isAddress,
  ).optional(),
  // Another ServiceTitan than the vendor's: its integration stand-in, or the simulated one on this machine.
  SERVICETITAN_AUTH_URL: serviceTitanAddress.optional(),
  SERVICETITAN_API_URL: serviceTitanAddress.optional(),
});

export type Config = z.output<typeof settingsSchema>;

type Name = keyof Config;
/** All there are. */
export const SETTING_NAMES: readonly Name[] = settingsSchema.keyof().options;
type Given = Partial<Record<Name, unknown>>;

/** What is wrong with one setting; `problem` goes on from its name. */
export interface Fault {
  setting: Name;
  problem: string;
}

export interface Settings {
  /** Those that the environment holds, whether usable or not. */
  given: readonly Name[];
  /** Null when a setting is at fault that nothing works without. Any other that is at fault has its default here. */
  config: Config | null;
  /** The usable ones. They are known without a config too, so that a trusted caller can be told what is wrong with it. */
  tokens: Pick<Config, 'API_TOKEN' | 'API_TOKEN_PREVIOUS'>;
  /** Where it is usable. Somebody waits there for word of every tick, of one that can do nothing too. */
  heartbeat: Pick<Config, 'HEARTBEAT_URL'>;
  faults: Fault[];
}

/**
 * The default of these is no way out: without the first three nothing can be read or written, with the vendor's
 * address in place of a misspelt one secrets would be sent, and customers taken, where nobody meant, and with another
 * Worker's name this one would take that one's runs for its own.
 */
const NEEDED: readonly Name[] = [
  'SUPABASE_URL',
  'SUPABASE_SECRET_KEY',
  'CREDENTIALS_KEY',
  'SERVICETITAN_AUTH_URL',
  'SERVICETITAN_API_URL',
  'DEPLOYMENT',
];
/** Who is told, how it is signed and how it is written go together: with one of them at fault no alert is sent. */
const ALERTING: readonly Name[] = ['ALERT_WEBHOOK_URL', 'ALERT_WEBHOOK_SECRET', 'ALERT_WEBHOOK_FORMAT'];
const HOURS: readonly Name[] = ['BUSINESS_HOURS_START', 'BUSINESS_HOURS_END'];

/** Reads the settings and finds all that is wrong with them. Blanks and line breaks around a value don't count. Never throws. */
export function readSettings(env: object): Settings {
  const given = trimmed(env);
  const names = SETTING_NAMES.filter((name) => given[name] !== undefined);
  const faults = malformed(given);
  for (const { setting } of faults) delete given[setting];
  faults.push(...notOfOneself(given));
  const has = (names: readonly Name[]) => faults.some(({ setting }) => names.includes(setting));
  for (const { setting } of faults) delete given[setting];
  for (const fault of contradictions(given, has(ALERTING))) faults.push(fault);
  if (given.API_TOKEN === undefined && !has(['API_TOKEN'])) faults.push(missing('API_TOKEN'));

  if (has(HOURS)) for (const name of HOURS) delete given[name];
  if (has(ALERTING)) delete given.ALERT_WEBHOOK_URL;
  const { API_TOKEN, API_TOKEN_PREVIOUS } = given as Settings['tokens'];
  const { HEARTBEAT_URL } = given as Settings['heartbeat'];
  return {
    given: names,
    config: has(NEEDED) ? null : settingsSchema.parse(given),
    tokens: { API_TOKEN, API_TOKEN_PREVIOUS },
    heartbeat: { HEARTBEAT_URL },
    faults,
  };
}

/** Reads the settings; throws `ConfigError` when one is at fault that nothing works without, naming all that are, never a value. */
export function readConfig(env: object): Config {
  const { config, faults } = readSettings(env);
  if (config === null) throw new ConfigError(describeFaults(faults));
  return config;
}

/** All faults in one sentence, fit for the log and for a trusted caller. */
export function describeFaults(faults: Fault[]): string {
  const each = faults.map(({ setting, problem }) => `${setting} ${problem}`);
  return `These settings are missing or malformed: ${each.join('; ')}. See the settings table in README.md.`;
}

/** Only the settings, of all that the environment holds; an empty one is a missing one. */
function trimmed(env: object): Given {
  const given: Given = {};
  for (const name of SETTING_NAMES) {
    const value = (env as Given)[name];
    const text = typeof value === 'string' ? value.trim() : value;
    if (text !== undefined && text !== '') given[name] = text;
  }
  return given;
}

function malformed(given: Given): Fault[] {
  const issues = settingsSchema.safeParse(given).error?.issues ?? [];
  return issues.map(({ path, message }) => ({ setting: path[0] as Name, problem: message }));
}

/** Those that are to differ; of two that don't the later one is at fault, which less needs. */
const SECRETS = [
  'SUPABASE_SECRET_KEY',
  'CREDENTIALS_KEY',
  'ALERT_WEBHOOK_SECRET',
  'API_TOKEN',
  'CREDENTIALS_KEY_PREVIOUS',
  'API_TOKEN_PREVIOUS',
] as const satisfies readonly Name[];

/** Secrets that somebody else has too: another part of the Worker, or everybody. */
function notOfOneself(given: Given): Fault[] {
  const faults: Fault[] = [];
  const seen = new Map<string, Name>();
  for (const setting of SECRETS) {
    if (typeof given[setting] !== 'string') continue;
    const form = inOneForm(given[setting]);
    const first = seen.get(form);
    if (first === undefined) seen.set(form, setting);
    else faults.push({ setting, problem: `has to be another secret than ${first}: each opens something else` });
  }
  const { SUPABASE_URL, SUPABASE_SECRET_KEY } = given;
  if (SUPABASE_SECRET_KEY !== undefined && isDemoKey(String(SUPABASE_SECRET_KEY)) && !isLoopback(String(SUPABASE_URL)))
    faults.push({
      setting: 'SUPABASE_SECRET_KEY',
      problem:
        "is the key of Supabase's examples, which everybody has: give the project a JWT secret and keys of its own (on this machine alone it is taken)",
    });
  return faults;
}

/** What is wrong between settings of which each is right by itself. */
function contradictions(given: Given, isAlertingAtFault: boolean): Fault[] {
  const { BUSINESS_HOURS_START, BUSINESS_HOURS_END, ALERT_WEBHOOK_FORMAT } = settingsSchema.shape;
  const faults: Fault[] = [];
  if (BUSINESS_HOURS_START.parse(given.BUSINESS_HOURS_START) >= BUSINESS_HOURS_END.parse(given.BUSINESS_HOURS_END)) {
    faults.push({ setting: 'BUSINESS_HOURS_START', problem: 'has to be less than BUSINESS_HOURS_END' });
  }
  const isSigned = ALERT_WEBHOOK_FORMAT.parse(given.ALERT_WEBHOOK_FORMAT) === 'json';
  const isTold = given.ALERT_WEBHOOK_URL !== undefined && !isAlertingAtFault;
  if (isTold && isSigned && given.ALERT_WEBHOOK_SECRET === undefined) faults.push(missing('ALERT_WEBHOOK_SECRET'));
  return faults;
}

function missing(name: 'API_TOKEN' | 'ALERT_WEBHOOK_SECRET'): Fault {
  const { error } = settingsSchema.shape[name].unwrap().safeParse(undefined);
  return { setting: name, problem: error!.issues[0]!.message };
}
