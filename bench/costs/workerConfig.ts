import { randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config.ts';

/** The Worker's settings, all at their defaults but for where the project is. */
export function configFor(supabaseUrl: string, secretKey: string) {
  return readConfig({
    SUPABASE_URL: supabaseUrl,
    SUPABASE_SECRET_KEY: secretKey,
    CREDENTIALS_KEY: randomBytes(32).toString('base64'),
  });
}
