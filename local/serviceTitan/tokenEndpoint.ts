import type { Answer } from './call.ts';
import { NOTHING_HELD } from './faults/callMatch.ts';
import { respond, type ServerContext } from './respond.ts';
import type { AccessTokens } from './tokens.ts';
import type { Worlds } from './worlds.ts';

/** POST /connect/token: client credentials only, sent as a form. Refusals come in the OAuth form, with 400. */
export function tokenEndpoint(worlds: Worlds, tokens: AccessTokens): (context: ServerContext) => Promise<Response> {
  return async (context) => {
    const isForm = context.req.header('Content-Type')?.startsWith('application/x-www-form-urlencoded') ?? false;
    const form = new URLSearchParams(isForm ? await context.req.text() : '');
    const world = worlds.ofClient(form.get('client_id') ?? '');
    if (world === undefined) {
      const { status, body } = refusal(isForm ? 'invalid_client' : 'invalid_request');
      return context.json(body, status);
    }
    const call = { operation: 'token' as const, customers: new Set<number>() };
    const compute = async (): Promise<Answer> => {
      if (form.get('grant_type') !== 'client_credentials') return refusal('unsupported_grant_type');
      if (form.get('client_secret') !== world.credentials.clientSecret) return refusal('invalid_client');
      return { body: tokens.issue(world) };
    };
    return respond(context, world, tokens, { call, held: () => NOTHING_HELD, compute });
  };
}

function refusal(error: string) {
  return { status: 400 as const, body: { error } };
}
