// GET /doctor as a trusted caller asks it, by the Worker's own routes, of a stack that a test may break.
import { randomApiToken } from './credentialsKey.ts';
import type { ProvidedStack } from './provided.ts';

export interface Line {
  check: string;
  result: 'ok' | 'warn' | 'fail';
  message: string;
  advice: string | null;
}

const API_TOKEN = randomApiToken();
const allow = { limit: async () => ({ success: true }) };

/** The settings of a Worker of that stack which lacks nothing. */
export function healthySettings(stack: ProvidedStack): Record<string, unknown> {
  return {
    SUPABASE_URL: stack.supabaseUrl,
    SUPABASE_SECRET_KEY: stack.secretKey,
    API_TOKEN,
    CREDENTIALS_KEY: stack.credentialsKey,
    SERVICETITAN_AUTH_URL: stack.serviceTitanUrl,
    SERVICETITAN_API_URL: stack.serviceTitanUrl,
    BUSINESS_HOURS_START: '0',
    BUSINESS_HOURS_END: '24',
    ALERT_WEBHOOK_URL: 'https://alerts.example/hook',
    ALERT_WEBHOOK_FORMAT: 'slack',
    HEARTBEAT_URL: 'https://heartbeat.example/ping',
    CALLS: allow,
    FAILED_AUTHENTICATIONS: allow,
  };
}

export async function askDoctor(
  settings: Record<string, unknown>,
  path = '/doctor',
): Promise<{ result: string; lines: Line[]; text: string }> {
  // Not by name: its types are workerd's.
  const { app } = await import(String('../../src/http/app.ts'));
  const request = new Request(`http://worker.example${path}`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  const response: Response = await app.fetch(request, settings);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  const { result, checks } = JSON.parse(text);
  return { result, lines: checks, text };
}

/** What is not well, by its check: the result, what was found and what to do. */
export function notWell(lines: readonly Line[]): Record<string, string> {
  return Object.fromEntries(
    lines
      .filter(({ result }) => result !== 'ok')
      .map(({ check, result, message, advice }) => [check, `${result}: ${message} → ${advice ?? ''}`]),
  );
}
