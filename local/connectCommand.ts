// `npm run connect`: connects a workspace from the shell. What is secret comes from the environment, never from an argument,
// so that it stands in no history and in no list of processes.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { connectWorkspace } from './connect.ts';

const USAGE = `npm run connect -- --workspace <id> --tenant <id> --client-id <id> [--environment production|integration]
                [--name <text>] [--time-zone <IANA zone, such as America/Denver>]
In the environment: SUPABASE_URL, SUPABASE_SECRET_KEY, CREDENTIALS_KEY, SERVICETITAN_CLIENT_SECRET, SERVICETITAN_APP_KEY.`;

const argumentsSchema = z.object({
  workspace: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'has to be up to 64 letters, digits, "_" and "-"'),
  tenant: z.string().regex(/^\d{1,19}$/, 'has to be a number'),
  'client-id': z.string().min(1),
  environment: z.enum(['production', 'integration']).default('production'),
  name: z.string().optional(),
  'time-zone': z
    .string()
    .refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone) || zone === 'UTC', 'is not an IANA zone')
    .optional(),
});
const secretsSchema = z.object({
  SUPABASE_URL: z.url(),
  SUPABASE_SECRET_KEY: z.string().min(1),
  CREDENTIALS_KEY: z.string().min(1),
  SERVICETITAN_CLIENT_SECRET: z.string().min(1),
  SERVICETITAN_APP_KEY: z.string().min(1),
});

function read<Schema extends z.ZodType>(schema: Schema, value: unknown, prefix: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${prefix}${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`${faults.join('\n')}\n\n${USAGE}`);
}

try {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      workspace: option,
      tenant: option,
      'client-id': option,
      environment: option,
      name: option,
      'time-zone': option,
    },
  });
  const given = read(argumentsSchema, values, '--');
  const secrets = read(secretsSchema, process.env, '');
  await connectWorkspace(
    {
      supabaseUrl: secrets.SUPABASE_URL,
      supabaseSecretKey: secrets.SUPABASE_SECRET_KEY,
      credentialsKey: secrets.CREDENTIALS_KEY,
    },
    {
      workspaceId: given.workspace,
      name: given.name ?? null,
      timeZone: given['time-zone'] ?? null,
      tenantId: given.tenant,
      environment: given.environment,
      clientId: given['client-id'],
      clientSecret: secrets.SERVICETITAN_CLIENT_SECRET,
      appKey: secrets.SERVICETITAN_APP_KEY,
    },
  );
  console.log(
    `Workspace ${given.workspace} is connected. The next tick within its business hours starts the initial sync; POST /trigger does it now.`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
