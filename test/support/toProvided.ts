import type { TestStack } from '../../local/testStack.ts';
import { CREDENTIALS_KEY } from './credentialsKey.ts';
import type { ProvidedStack } from './provided.ts';

/** What tests may know of a stack that their set-up started; functions can't be handed over. */
export function toProvided(stack: TestStack): ProvidedStack {
  const { supabaseUrl, secretKey, publishableKey, jwtSecret, dbUrl, serviceTitanUrl, logsFolder } = stack;
  return {
    supabaseUrl,
    secretKey,
    publishableKey,
    jwtSecret,
    dbUrl,
    serviceTitanUrl,
    logsFolder,
    credentialsKey: CREDENTIALS_KEY,
  };
}
