// What the front door is called with outside of workerd: the environment of a Worker whose Supabase is elsewhere, and what the
// platform hands to a call.
import { CREDENTIALS_KEY, randomApiToken, randomSecretKey } from '../../support/credentialsKey.ts';

export const API_TOKEN = randomApiToken();
export const trusted = { authorization: `Bearer ${API_TOKEN}` };

export const settingsFor = (supabaseUrl: string) => ({
  SUPABASE_URL: supabaseUrl,
  SUPABASE_SECRET_KEY: randomSecretKey(),
  CREDENTIALS_KEY,
  API_TOKEN,
  CALLS: { limit: async () => ({ success: true }) },
  FAILED_AUTHENTICATIONS: { limit: async () => ({ success: true }) },
});

/** `later` fills with what goes on beside the answer. */
export function callContext() {
  const later: Promise<unknown>[] = [];
  const context = { waitUntil: (work: Promise<unknown>) => void later.push(work), passThroughOnException: () => {} };
  return { context, later };
}
