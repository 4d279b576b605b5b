import type { Answer } from './call.ts';
import type { CallFault } from './faults.ts';
import type { ObservedCall } from './faults/callMatch.ts';
import type { Fault } from './faults/fault.ts';
import { spoilt } from './faults/spoil.ts';
import { gatewayError, problem, Refusal } from './problem.ts';
import { rateLimitTitle } from './rateLimit.ts';
import type { World } from './tenant/world.ts';

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
const JSON_TYPE = 'application/json; charset=utf-8';

export interface Outcome {
  status: number;
  type: string;
  headers?: { [name: string]: string };
  text: string;
}

/**
 * What a call gets: a refusal, by a fault or by `compute` itself, or the answer with the faults of its data.
 */
export async function outcomeOf(
  world: World,
  call: ObservedCall,
  fault: CallFault,
  compute: () => Promise<Answer>,
): Promise<Outcome> {
  const { status = 200, text } = fault;
  if (text !== undefined) return { status, type: JSON_TYPE, text };
  if (fault.body === 'html') return { status, type: 'text/html', text: HTML };
  if (status >= 400 || fault.body === 'problem' || fault.body === 'gateway')
    return refusalOutcome(refusalOf(fault), world);
  try {
    const answer = await compute();
    return {
      status: fault.status ?? answer.status ?? 200,
      type: JSON_TYPE,
      text: spoilt(answer.body, world, call, fault),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refusalOutcome(error, world);
  }
}

function refusalOf({ status = 500, titleSeconds, body, errors = {} }: Fault): Refusal {
  const title =
    titleSeconds === undefined ? 'An error occurred while processing the call.' : rateLimitTitle(titleSeconds);
  return new Refusal(status, title, { errors, isOfGateway: body === 'gateway' });
}

function refusalOutcome({ status, message, errors, headers, isOfGateway }: Refusal, { switches }: World): Outcome {
  if (isOfGateway) return { status, type: JSON_TYPE, headers, text: JSON.stringify(gatewayError(status, message)) };
  const named = switches.errorFieldCase === 'camel' ? errors : inPascalCase(errors);
  return { status, type: 'application/problem+json', headers, text: JSON.stringify(problem(status, message, named)) };
}

function inPascalCase(errors: Refusal['errors']): Refusal['errors'] {
  const entries = Object.entries(errors);
  return Object.fromEntries(entries.map(([name, texts]) => [name.charAt(0).toUpperCase() + name.slice(1), texts]));
}
