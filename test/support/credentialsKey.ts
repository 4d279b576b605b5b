import { randomBytes } from 'node:crypto';

/** A key as the Worker takes it: drawn anew each time the tests run, because one that stands in a repository is none. */
export const randomCredentialsKey = (): string => randomBytes(32).toString('base64');

/** The one of this process. */
export const CREDENTIALS_KEY = randomCredentialsKey();

/** A token as the Worker takes it. */
export const randomApiToken = (): string => `test-token-${randomBytes(16).toString('hex')}`;

/** A secret key of Supabase as the Worker takes it; no project knows it. */
export const randomSecretKey = (): string => `sb_secret_${randomBytes(16).toString('hex')}`;
