// One run of one process: a tick, or an instance from its start or from its memo until it ends or dies. All its calls pass
// here, one at a time, so that the world can move before and after each.
import type { SupabaseClient } from '@supabase/supabase-js';
import type { RpcAnswer } from './dataApi.ts';
import type { Play } from './play.ts';
import { type Caller, join, leave } from './network.ts';
import {
  FUNCTION_FAULTS,
  type Service,
  remember,
  SERVICETITAN_FAULTS,
  type ServiceTitanCall,
  SQL_FAULTS,
} from './faults.ts';
import { settle } from './sameOrder.ts';
import type { Thread } from './thread.ts';

const NEVER = new Promise<never>(() => {});

export class Execution implements Caller {
  /** The host name of its calls. */
  readonly name: string;
  readonly thread: Thread;
  /** Set by a crash; `wakes` for the engine. */
  crash: { wakes: boolean } | null = null;
  readonly died = Promise.withResolvers<'died'>();
  readonly #play: Play;
  readonly #instanceId: string | undefined;
  readonly #answersBefore = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();

  /** `instanceId`: of whose run it is; a tick has none. */
  constructor(play: Play, thread: Thread, instanceId?: string) {
    this.#play = play;
    this.thread = thread;
    this.#instanceId = instanceId;
    this.name = join(this);
  }

  /** It makes no call any more. */
  end(): void {
    leave(this.name);
  }

  /** What createLedger needs of a client. */
  get supabase(): SupabaseClient {
    return {
      rpc: (name: string, parameters: object) => {
        const answer = this.#alone(() => this.#sql(name, parameters));
        return { abortSignal: () => answer };
      },
      from: (table: string) => ({
        select: () => ({
          eq: (column: string, value: string) => ({
            maybeSingle: () => this.#alone(() => this.#row(table, column, value)),
          }),
        }),
      }),
    } as unknown as SupabaseClient;
  }

  serviceTitan(url: URL, call: () => Promise<Response>, timeOut: () => never): Promise<Response> {
    return this.#alone(() =>
      this.#between(
        'serviceTitan',
        () => url.pathname + url.search,
        async (fault) => {
          const context: ServiceTitanCall = {
            tenant: this.#play.tenantOf(url),
            url,
            call,
            timeOut,
            shownBefore: this.#play.shownBefore,
            answersBefore: this.#answersBefore,
          };
          if (fault) {
            const met = () => this.#play.met.add(fault);
            const spoilt = await SERVICETITAN_FAULTS[fault]!(context).catch((error: unknown) => {
              met();
              throw error;
            });
            if (spoilt) {
              met();
              return this.#seen(url, spoilt.status, spoilt.headers, await spoilt.text());
            }
            this.#play.keepFault(fault);
          }
          const response = await call();
          const text = await response.text();
          if (response.ok) remember(context, text);
          return this.#seen(url, response.status, response.headers, text);
        },
      ),
    );
  }

  /** What ServiceTitan says to the product. */
  #seen(url: URL, status: number, headers: Headers, text: string): Response {
    if (status === 200 && this.#instanceId !== undefined) this.#play.windows.see(this.#instanceId, url, text);
    return new Response(text, { status, headers });
  }

  edgeFunction(call: () => Promise<Response>): Promise<Response> {
    return this.#alone(() =>
      this.#between(
        'function',
        () => 'a batch',
        async (fault) => {
          if (!fault) return call();
          this.#play.met.add(fault);
          return FUNCTION_FAULTS[fault]!(call, this.#play.later);
        },
      ),
    );
  }

  /** Not alone: it comes out of a call of the function, which is. */
  sqlOfFunction(name: string, parameters: object): Promise<RpcAnswer> {
    return this.#sql(name, parameters);
  }

  #sql(name: string, parameters: object): Promise<RpcAnswer> {
    return this.#between(
      'sql',
      () => `${name} ${JSON.stringify(parameters)}`,
      async (fault) => {
        const call = () => this.#play.sql(name, parameters);
        if (!fault) return call();
        this.#play.met.add(fault);
        return SQL_FAULTS[fault]!(call, this.#play.later);
      },
    );
  }

  #row(table: string, column: string, value: string): Promise<RpcAnswer> {
    return this.#between(
      'sql',
      () => `${table} ${value}`,
      async (fault) => {
        const call = () => this.#play.stage.dataApi.row(table, column, value);
        if (!fault) return call();
        this.#play.met.add(fault);
        return SQL_FAULTS[fault]!(call, this.#play.later);
      },
    );
  }

  /** One call: the world moves before it and after it. */
  async #between<Answer>(
    service: Service,
    what: () => string,
    call: (fault: string | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    if (this.#play.isCarryingOutLate) return call(undefined);
    await this.thread.gate();
    const number = this.#play.countCall(service);
    await this.#play.happen(number, false, this, service);
    // A run that dies while the function works for it does not stop the function.
    const fault = this.#play.takeFault(service);
    this.#play.trace?.(
      `${new Date(this.#play.now).toISOString().slice(11, 23)} ${this.name} call ${number}: ${service} ${what()}${fault ? ` <- ${fault}` : ''}`,
    );
    const answer = await call(fault);
    await this.#play.happen(number, true, this, service);
    return answer;
  }

  /** One call after the other; a dead run hears no answer. */
  async #alone<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const before = this.#last;
    const mine = Promise.withResolvers<void>();
    this.#last = mine.promise;
    await before;
    await settle();
    try {
      if (this.crash) return await NEVER;
      return await work();
    } finally {
      if (!this.crash) mine.resolve();
      else {
        this.died.resolve('died');
        this.end();
        await NEVER;
      }
    }
  }
}
