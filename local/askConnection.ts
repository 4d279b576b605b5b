import { input, password, select } from '@inquirer/prompts';
import { isTimeZone } from '../src/schedule/businessHours.ts';

/** What connecting takes. */
export interface ConnectionAnswers {
  workspaceId: string;
  tenantId: string;
  environment: string;
  clientId: string;
  clientSecret: string;
  appKey: string;
  timeZone: string;
}

/** Where questions are asked; by default the terminal. */
export interface Terminal {
  input?: NodeJS.ReadableStream;
  output?: NodeJS.WritableStream;
}

const isGiven = (value: string) => value.trim() !== '' || 'It is needed.';

/** Asks for what is not given, one question each. The secrets are typed unseen: they stand in no history and on no screen. */
export async function askConnection(given: Partial<ConnectionAnswers>, terminal: Terminal): Promise<ConnectionAnswers> {
  const ask = async (value: string | undefined, message: string, byDefault?: string) =>
    value ??
    input({ message, validate: isGiven, ...(byDefault === undefined ? {} : { default: byDefault }) }, terminal);
  const askUnseen = async (value: string | undefined, message: string) =>
    value ?? password({ message, mask: '*', validate: isGiven }, terminal);
  return {
    workspaceId: await ask(given.workspaceId, 'Workspace id'),
    tenantId: await ask(given.tenantId, 'Tenant id (ServiceTitan)'),
    environment:
      given.environment ?? (await select({ message: 'Environment', choices: ['production', 'integration'] }, terminal)),
    clientId: await ask(given.clientId, 'Client id'),
    clientSecret: await askUnseen(given.clientSecret, 'Client secret'),
    appKey: await askUnseen(given.appKey, 'App key'),
    timeZone:
      given.timeZone ??
      (await input(
        {
          message: 'Time zone of the workspace',
          default: Intl.DateTimeFormat().resolvedOptions().timeZone,
          validate: (zone) => isTimeZone(zone) || 'It has to be an IANA name, such as America/Denver.',
        },
        terminal,
      )),
  };
}
