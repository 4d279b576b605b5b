// The Worker's environment, read once and typed. Every missing or malformed setting is named at once.
import { z } from 'zod';
import { MAX_RECORDS } from '../supabase/functions/_shared/contactBatch.ts';
import { ConfigError } from './errors.ts';

/** What a Workflow instance is started with. Everything else, above all the credentials, is read where it is used. */
export interface SyncParams {
  workspaceId: string;
}

const wholeNumber = (from: number, to: number, byDefault: number) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(from).max(to)).default(byDefault);
const onOff = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const hour = (byDefault: number) => wholeNumber(0, 24, byDefault);
const optionalText = z
  .string()
  .optional()
  .transform((value) => value || undefined);

const settingsSchema = z.object({
  SUPABASE_URL: z.url(),
  SUPABASE_SECRET_KEY: z.string().min(1),
  API_TOKEN: optionalText,
  API_TOKEN_PREVIOUS: optionalText,
  CREDENTIALS_KEY: z.string().min(1),
  CREDENTIALS_KEY_PREVIOUS: optionalText,
  DEBUG_ENDPOINTS: onOff,
  INCREMENTAL_PAGE_SIZE: wholeNumber(1, 5000, 50),
  INCREMENTAL_MAX_PAGES: wholeNumber(1, 1000, 100),
  EDGE_FUNCTION_CHUNK_SIZE: wholeNumber(1, MAX_RECORDS, 25),
  INITIAL_CHUNK_SIZE: wholeNumber(1, MAX_RECORDS, 500),
  CURSOR_OVERLAP_SECONDS: wholeNumber(0, 86_400, 900),
  TICK_SECONDS: wholeNumber(1, 86_400, 900),
  BUSINESS_HOURS_START: hour(6),
  BUSINESS_HOURS_END: hour(20),
  RUN_HISTORY_DAYS: wholeNumber(31, 3650, 90),
  ALERT_WEBHOOK_URL: optionalText,
  ALERT_WEBHOOK_SECRET: optionalText,
  ALERT_WEBHOOK_FORMAT: z.enum(['json', 'slack']).default('json'),
  ALERT_AFTER_TICKS: wholeNumber(1, 96, 3),
  // Another ServiceTitan than the vendor's: its integration stand-in, or the simulated one on this machine.
  SERVICETITAN_AUTH_URL: optionalText,
  SERVICETITAN_API_URL: optionalText,
  // Set by the local stack alone: calls to a loopback host need no token.
  LOCAL_OPEN_ACCESS: onOff,
});

export type Config = z.output<typeof settingsSchema>;

/** Reads the settings; throws `ConfigError` naming each one that is missing or malformed, never its value. */
export function readConfig(env: object): Config {
  const parsed = settingsSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`);
  throw new ConfigError(
    `These settings are missing or malformed: ${faults.join('; ')}. See the settings table in README.md.`,
  );
}
