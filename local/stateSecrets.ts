import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { isOwnFile } from './ownership.ts';
import { markOf, STACK_MARK } from './shellValues.ts';
import { StackError } from './stackError.ts';
import { createProjectSecrets, type ProjectSecrets } from './supabase/keys.ts';

/** What opens the parts of one stack: made at the first start in a state folder, and kept there. */
export interface StateSecrets {
  project: ProjectSecrets;
  /** What the Worker asks callers for. */
  apiToken: string;
  /** 32 bytes in base64: seals the connections in the database. */
  credentialsKey: string;
}

/** Where the built-in Supabase answers. */
export interface Addresses {
  databasePort: number;
  supabaseUrl: string;
}

/** Lines of `NAME=value`, for a shell (`set -a; . .local/env`) and for the next start. */
export const STATE_ENV = 'env';

/**
 * Answers the folder's secrets, making them at the first start, and writes them down with today's addresses, for their
 * owner alone. Throws a StackError for data of an earlier version, because that opens with constants of the repository.
 */
export function keepStateSecrets(folder: string, { databasePort, supabaseUrl }: Addresses): StateSecrets {
  const file = join(folder, STATE_ENV);
  const kept = readStateEnv(folder);
  if (kept === undefined && existsSync(join(folder, 'postgres', 'data'))) {
    throw new StackError(
      `The data in ${folder} was made by an earlier version, with keys that everybody knows: begin anew with \`npm start -- --fresh\`.`,
    );
  }
  const secrets = kept ? toSecrets(kept, file) : createSecrets();
  const { keys, jwtSecret, postgresPassword, authenticatorPassword } = secrets.project;
  const lines = {
    DATABASE_URL: `postgresql://postgres:${postgresPassword}@127.0.0.1:${databasePort}/postgres`,
    SUPABASE_URL: supabaseUrl,
    SUPABASE_SECRET_KEY: keys.secret.default,
    SUPABASE_PUBLISHABLE_KEY: keys.publishable.default,
    API_TOKEN: secrets.apiToken,
    CREDENTIALS_KEY: secrets.credentialsKey,
    JWT_SECRET: jwtSecret,
    POSTGRES_PASSWORD: postgresPassword,
    AUTHENTICATOR_PASSWORD: authenticatorPassword,
  };
  const text = Object.entries({ ...lines, [STACK_MARK]: markOf(lines) }).map(([name, value]) => `${name}=${value}\n`);
  // A new file, because the mode counts for those alone, and one that nobody can have put there before.
  const written = `${file}-${randomBytes(8).toString('hex')}`;
  writeFileSync(written, text.join(''), { mode: 0o600, flag: 'wx' });
  renameSync(written, file);
  return secrets;
}

/**
 * The lines by name; undefined where no stack has been started yet. Throws a StackError for a file that is not this
 * user's own: whoever planted it would know all keys.
 */
export function readStateEnv(folder: string): NodeJS.Dict<string> | undefined {
  const file = join(folder, STATE_ENV);
  return isOwnFile(file) ? parseEnv(readFileSync(file, 'utf8')) : undefined;
}

function createSecrets(): StateSecrets {
  return {
    project: createProjectSecrets(),
    apiToken: randomBytes(32).toString('hex'),
    credentialsKey: randomBytes(32).toString('base64'),
  };
}

function toSecrets(lines: NodeJS.Dict<string>, file: string): StateSecrets {
  const value = (name: string): string => {
    const text = lines[name];
    if (text) return text;
    throw new StackError(`${file} lacks ${name}: put the line back, or begin anew with \`npm start -- --fresh\`.`);
  };
  return {
    project: {
      keys: {
        publishable: { default: value('SUPABASE_PUBLISHABLE_KEY') },
        secret: { default: value('SUPABASE_SECRET_KEY') },
      },
      jwtSecret: value('JWT_SECRET'),
      postgresPassword: value('POSTGRES_PASSWORD'),
      authenticatorPassword: value('AUTHENTICATOR_PASSWORD'),
    },
    apiToken: value('API_TOKEN'),
    credentialsKey: value('CREDENTIALS_KEY'),
  };
}
