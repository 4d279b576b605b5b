import { Refusal } from './problem.ts';
import type { Switches } from './switches.ts';

const SECOND_MS = 1000;
const WAIT_SECONDS = 1;

/** So many calls in any one second; a refused call does not count. */
export class RateLimit {
  #calledAt: number[] = [];

  /** Throws a Refusal with 429, whose title ends with the seconds to wait. */
  take({ callsPerSecond, retryAfterHeader, gatewayErrors }: Switches, nowMs: number): void {
    if (callsPerSecond === null) return;
    this.#calledAt = this.#calledAt.filter((at) => at > nowMs - SECOND_MS);
    if (this.#calledAt.length >= callsPerSecond) throw tooManyCalls(WAIT_SECONDS, retryAfterHeader, gatewayErrors);
    this.#calledAt.push(nowMs);
  }
}

function tooManyCalls(seconds: number, withHeader: boolean, isOfGateway: boolean): Refusal {
  const headers: Refusal['headers'] = withHeader ? { 'Retry-After': String(seconds) } : {};
  return new Refusal(429, rateLimitTitle(seconds), { headers, isOfGateway });
}

/** Clients read the seconds out of the title, for the header may be missing. */
export function rateLimitTitle(seconds: number): string {
  return `Rate limit is exceeded. Try again in ${seconds} seconds.`;
}
