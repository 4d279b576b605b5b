// Plays one history: the production code runs, the world moves between any two calls, the rules are watched all along, and
// at the end contacts equal ServiceTitan.
import type { Sql } from 'postgres';
import { connectionOf, type Tenants } from './connection.ts';
import {
  checkClaim,
  checkCount,
  checkDoubts,
  type Harmed,
  readBreaches,
  readDifferences,
  readTaken,
} from './checks.ts';
import type { Command, Deploy, Event, Happening, History, Proving } from './commands.ts';
import type { DataApi, RpcAnswer } from './dataApi.ts';
import { Execution } from './execution.ts';
import { FAULTS, type Service, serviceOf, type ServiceTitanCall } from './faults.ts';
import { Hand } from './harm.ts';
import { Instances } from './instances.ts';
import type { Met } from './met.ts';
import { Planted } from './plants.ts';
import { runInstances, tickOnce, triggerOnce } from './drive.ts';
import { Tenant } from './tenant.ts';
import { readFalseFresh, TELLING } from './toldFresh.ts';
import { Thread } from './thread.ts';
import { Windows } from './windows.ts';
import { worlds } from './network.ts';
import { letPass } from '../../support/letPass.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** R17: of so many minutes of running nothing is missing any more. */
const SETTLED_MINUTES = 90;
const TICK_MINUTES = 15;
/** R19: no command of a history needs so many. */
const MOST_CALLS = 20_000;
/** Reading what people are told costs more than all else that a history does, so it is asked of some alone. */
const TOLD_ONE_IN = 4;
/** Past any lease and any back-off. */
const REST_MS = 7 * 60 * MINUTE_MS;
const losesAToken = ({ event }: Happening) =>
  event.event === 'fault' && faultFor(event.fault, 'serviceTitan') === 'ServiceTitan: token of a feed gone';

/** Rivals of rivals of rivals prove nothing more. */
const MOST_RIVALS = 3;
/** What makes the Worker halve a chunk (R24). */
const TOO_MUCH = 'function: out of resources';
/** A clock of the history's own: after the seed's last record, and behind the database's clock, which is the machine's. */
const BEGINNING = Date.parse('2026-03-05T15:00:00Z');
/** More customers than so many are a large tenant. */
const FEW = 12;
/** R18: by then nothing is young, whichever clock says so. */
const LONG_MS = 5 * DAY_MS;
/** No settled reading is due in any history. */
const NEVER_MINUTES = 10_000_000;
/** After so many runs a pass has ended, what broke it included. */
const MOST_PASS_RUNS = 10;
/** A comparison of all takes no more runs than so many. */
const MOST_OF_A_PASS = 12;
/** After so many runs all that takes two witnesses is done, what was held back for a day included. */
const MOST_RECHECKS = 12;

export interface Stage {
  dataApi: DataApi;
  /** The superuser. */
  admin: Sql;
}

/** What the live readers of a broken product had lost at rest, who brought it by itself, and in which run. */
export interface Healing {
  by: 'settled' | 'pass' | 'neither';
  runs: number;
}

/** A rule that does not hold. */
export class Breach extends Error {}

export class Play {
  readonly workspaceId: string;
  readonly history: History;
  readonly stage: Stage;
  readonly met: Met;
  readonly instances = new Instances();
  readonly shownBefore: ServiceTitanCall['shownBefore'] = new Map();
  isCarryingOutLate = false;
  /** Told of every call, where a history is played again to be looked at. */
  trace: ((line: string) => void) | undefined;
  /** As the Worker's settings are now. */
  pageSize: number;
  maxPages: number;
  overlapSeconds: number;
  settledEveryMinutes = 55;
  fullPassDays = 7;
  readonly windows = new Windows();
  now = BEGINNING;
  lastTick = BEGINNING;
  readonly #tenants: Tenants;
  readonly #halted: Thread[] = [];
  #connected = 0;
  /** Time that the leases in the database have not been told of. */
  #untold = 0;
  #happenings: Happening[] = [];
  #calls = 0;
  readonly #endless = Promise.withResolvers<never>();
  #rivals = 0;
  #faults: { fault: string; times: number }[] = [];
  /** Customers that a cursor passed unread, as a doubt told with it; the runs that follow need not tell it again. */
  readonly #falselyTold = new Set<string>();
  readonly #told = new Set<string>();
  /** Contacts of which rows of our own were deleted, as they were then. */
  readonly #harmed = new Map<string, Harmed>();
  /** Versions that a cursor passed because the live readers lost them. */
  readonly #lost = new Set<string>();
  #planted: Planted | null = null;
  readonly #hand: Hand;
  #late: { call: () => Promise<unknown>; from: number }[] = [];

  constructor(workspaceId: string, history: History, stage: Stage, met: Met) {
    this.workspaceId = workspaceId;
    this.history = history;
    this.stage = stage;
    this.met = met;
    this.pageSize = history.pageSize * this.scale;
    this.maxPages = history.maxPages;
    this.overlapSeconds = history.overlapSeconds;
    this.#tenants = [0, 1].map((index) => this.#createTenant(index)) as Tenants;
    this.#hand = new Hand({
      workspaceId,
      admin: stage.admin,
      harm: history.harm,
      now: () => this.now,
      tellTime: (forgottenMs) => {
        this.#untold += forgottenMs;
        return this.#tellTime();
      },
      met: (kind) => {
        this.trace?.(`    ${kind}`);
        met.add(kind);
      },
    });
  }

  /** Rejects with `Breach` when a rule was broken. */
  play(): Promise<void> {
    return Promise.race([this.#play(), this.#endless.promise]);
  }

  async #play(): Promise<void> {
    await this.#connect(0);
    if (this.history.skew !== 0) this.met.add('clocks differed');
    if (this.history.days !== 0) this.met.add('clocks differed by days');
    const withCalls = this.history.commands.filter((command) => 'happenings' in command);
    for (const command of this.history.commands) {
      if (this.#hand.begins(withCalls.indexOf(command as never), withCalls.length) && this.history.harm!.halved)
        this.#faults.push({ fault: TOO_MUCH, times: 1 });
      await this.#carryOut(command);
      await this.#hand.ended();
    }
    await this.#comeToRest();
  }

  /**
   * For a product that is broken on purpose: no rule is held, and the live readers are alone until all is at rest. Null where
   * they have lost nothing by then. What they have lost, first the settled reader may bring, and then a pass.
   */
  async heal(): Promise<Healing | null> {
    this.fullPassDays = 0;
    this.settledEveryMinutes = NEVER_MINUTES;
    await this.#connect(0);
    for (const command of this.history.commands) if (command.do !== 'deploy') await this.#carryOut(command);
    await this.#stopAll();
    for (let ticks = 0; ticks < 2; ticks += 1) {
      this.pass(REST_MS);
      await this.#lastTick();
    }
    if (!(await this.#isLacking())) return null;
    this.settledEveryMinutes = 55;
    for (let runs = 1; runs * TICK_MINUTES <= SETTLED_MINUTES; runs += 1) {
      this.pass(TICK_MINUTES * MINUTE_MS);
      await this.#lastTick();
      if (!(await this.#isLacking())) return { by: 'settled', runs };
    }
    await this.stage
      .admin`update public.servicetitan_sync_state set pass_wanted_at = now() where workspace_id = ${this.workspaceId}`;
    for (let runs = 1; runs <= MOST_PASS_RUNS; runs += 1) {
      this.pass(16 * MINUTE_MS);
      await this.#lastTick();
      if (!(await this.#isLacking())) return { by: 'pass', runs };
    }
    return { by: 'neither', runs: 0 };
  }

  async #isLacking(): Promise<boolean> {
    const found = await readDifferences(this.stage.admin, this.workspaceId, this.tenant, new Set());
    return found.some((one) => one.startsWith('R1:'));
  }

  end(): void {
    for (const { world } of this.#tenants) worlds.remove(world.tenantId);
  }

  /** A tenant of many customers has pages and chunks of more. */
  get scale(): number {
    return this.history.customers > FEW ? 10 : 1;
  }

  get tenant(): Tenant {
    return this.#tenants[this.#connected]!;
  }

  tenantOf(url: URL): Tenant {
    const tenantId = /\/tenant\/(\d+)\//.exec(url.pathname)?.[1];
    return this.#tenants.find(({ world }) => world.tenantId === tenantId) ?? this.tenant;
  }

  countCall(service: Service): number {
    this.met.add(`calls of ${service}`);
    this.pass(this.history.callMs);
    return (this.#calls += 1);
  }

  /** What is planned before or after this call of the command. */
  async happen(call: number, after: boolean, execution: Execution, service: Service): Promise<void> {
    if (this.#calls > MOST_CALLS) {
      this.#endless.reject(new Breach(`R19: more than ${MOST_CALLS} calls without an end`));
      // Told as a fault of the call, it would be repeated.
      await new Promise(() => {});
    }
    if (!after) await this.#carryOutLate(call);
    const due = this.#happenings.filter((one) => one.at === call && one.after === after);
    for (const { event } of due) this.trace?.(`    ${after ? 'after' : 'before'}: ${JSON.stringify(event)}`);
    for (const { event } of due) await this.#happen(event, execution, service);
    await this.#hand.happen(call, after);
  }

  takeFault(service: Service): string | undefined {
    const next = this.#faults.find(({ fault }) => serviceOf(fault) === service);
    if (!next) return undefined;
    next.times -= 1;
    if (next.times === 0) this.#faults = this.#faults.filter((fault) => fault !== next);
    return next.fault;
  }

  /** It did not fit the call it was taken for, and waits for one that it fits. */
  keepFault(fault: string): void {
    this.#faults.push({ fault, times: 1 });
  }

  /** Keeps a call whose caller gave up: a few calls on, more or fewer, it is carried out. */
  readonly later = (call: () => Promise<unknown>): void => {
    this.#late.push({ call, from: this.#calls + 1 + ((this.#calls * 7) % 11) });
  };

  /** Calls the SQL function, and holds what it did against the rules that a trigger can't watch. */
  async sql(name: string, parameters: object): Promise<RpcAnswer> {
    if (this.#untold >= MINUTE_MS) await this.#tellTime();
    const answer = await this.stage.dataApi.call(name, parameters, callerOf(parameters));
    if (answer.error?.code === 'PT409') this.met.add(`refused: ${answer.error.message}`);
    if (name === 'advance_servicetitan_cursor' && !answer.error && !this.#hand.isLoose) {
      const endsInitial = (parameters as { p_cursor: string | null }).p_cursor === null;
      const known = this.#lost.size;
      const behindMs = Math.max(0, -this.#aheadMs);
      const unread = (
        await checkClaim(
          this.stage.admin,
          this.workspaceId,
          this.#tenants,
          endsInitial,
          behindMs,
          this.#lost,
          this.#planted?.customers ?? new Set(),
        )
      ).filter((one) => !this.#told.has(one));
      if (this.#lost.size > known) this.met.add('cursor passed what the live readers lost', this.#lost.size - known);
      if (unread.length > 0) {
        this.met.add('place unread');
        await checkDoubts(this.stage.admin, this.workspaceId, instanceOf(parameters), unread);
      }
      for (const one of unread) this.#told.add(one);
    }
    if (name === 'complete_servicetitan_run' && !answer.error && !this.#hand.isLoose) {
      const instanceId = instanceOf(parameters);
      await checkCount(this.stage.admin, this.workspaceId, instanceId, this.windows.shortOf(instanceId));
    }
    if (this.history.seed % TOLD_ONE_IN === 0 && TELLING.includes(name) && !this.#hand.isEdited) {
      const { admin, dataApi } = this.stage;
      const { standing, breach } = await readFalseFresh(admin, dataApi, this.workspaceId, this.now);
      this.met.add(`told: ${standing}`);
      // Thrown here it would be a fault of the run's call.
      if (breach !== null) this.#falselyTold.add(breach);
    }
    return answer;
  }

  /** Time passes for everybody. */
  pass(milliseconds: number): void {
    this.now += milliseconds;
    this.#untold += milliseconds;
  }

  async #carryOut(command: Command): Promise<void> {
    this.trace?.(command.do);
    this.#happenings = 'happenings' in command ? [...command.happenings] : [];
    this.#calls = 0;
    this.#rivals = 0;
    switch (command.do) {
      case 'deeds':
        for (const deed of command.deeds) this.tenant.do(deed);
        return;
      case 'tick':
        this.pass(command.minutes * MINUTE_MS);
        this.lastTick = this.now;
        return this.#toTheEnd((thread) => tickOnce(this, thread));
      case 'same tick':
        this.met.add('tick repeated');
        return this.#toTheEnd((thread) => tickOnce(this, thread));
      case 'trigger':
        this.pass(command.minutes * MINUTE_MS);
        return this.#toTheEnd((thread) => triggerOnce(this, thread, command.mode ?? undefined));
      case 'resume': {
        const dead = this.instances.all.findLast(({ status }) => status === 'dead');
        if (!dead) return;
        dead.status = 'queued';
        return this.#toTheEnd((thread) => runInstances(this, thread));
      }
      case 'proceed':
        return this.#proceed(command.calls);
      case 'connect':
        return this.#connect(command.tenant);
      case 'deploy':
        return this.#deploy(command);
      case 'methods lost':
        return this.#loseMethods(command.pick);
    }
  }

  async #happen(event: Event, execution: Execution, service: Service): Promise<void> {
    switch (event.event) {
      case 'deed':
        return this.tenant.do(event.deed);
      case 'time passes':
        return this.pass(event.seconds * 1000);
      case 'fault':
        this.#faults.push({ fault: faultFor(event.fault, service), times: event.times });
        return;
      case 'crash':
        this.met.add(`crash at a call of ${service}`);
        execution.crash ??= { wakes: event.wakes };
        return;
      case 'rival':
        return this.#rival(event.start, event.calls);
      case 'taken over':
        this.pass(45 * MINUTE_MS);
        await this.#rival('tick', Infinity);
        this.pass(10 * MINUTE_MS);
        return this.#rival('tick', event.calls);
      case 'proceed':
        return this.#proceed(event.calls);
      case 'connect':
        return this.#connect(event.tenant);
      case 'deploy':
        return this.#deploy(event);
      case 'engine full':
        // A tick asks twice.
        this.instances.refusing = 2;
        return;
    }
  }

  async #toTheEnd(work: (thread: Thread) => Promise<void>): Promise<void> {
    await new Thread(work).advance(Infinity);
  }

  async #rival(start: 'tick' | 'same tick' | 'trigger', calls: number): Promise<void> {
    if (this.#rivals >= MOST_RIVALS) return;
    this.#rivals += 1;
    if (start === 'tick') this.lastTick = this.now;
    if (start === 'same tick') this.met.add('two ticks at once');
    const thread = new Thread((self) => (start === 'trigger' ? triggerOnce(this, self) : tickOnce(this, self)));
    await thread.advance(calls);
    if (!thread.isDone) this.#halted.push(thread);
  }

  async #proceed(calls: number): Promise<void> {
    const thread = this.#halted.shift();
    if (!thread) return;
    this.met.add('halted run went on');
    await thread.advance(calls);
    if (!thread.isDone) this.#halted.push(thread);
  }

  async #connect(index: number): Promise<void> {
    if (this.#connected !== index) this.met.add('connected to another tenant');
    this.#connected = index;
    const connection = await connectionOf(this.workspaceId, this.tenant.world);
    const { error } = await this.stage.dataApi.call('save_servicetitan_connection', { p_connection: connection });
    if (error) throw new Error(`save_servicetitan_connection: ${error.code} ${error.message}`);
  }

  #deploy({ pageSize, maxPages, overlap, settledEveryMinutes }: Deploy): void {
    this.met.add('page size changed by a deploy');
    this.pageSize = pageSize * this.scale;
    this.maxPages = maxPages;
    this.overlapSeconds = this.history.overlapSeconds * overlap;
    if (settledEveryMinutes !== this.settledEveryMinutes)
      this.met.add('settings of the settled reader changed by a deploy');
    this.settledEveryMinutes = settledEveryMinutes;
  }

  /** Somebody deletes rows of our own table; one row of the feed comes after that. In a first sync nothing would be left of them. */
  async #loseMethods(pick: number): Promise<void> {
    const harmed = await this.stage.admin<Harmed[]>`
      with lost as (
        delete from public.servicetitan_contact_methods as method
        using public.servicetitan_sync_state as state
        where method.workspace_id = ${this.workspaceId}
          and (method.id + ${pick}) % 3 <> 0
          and state.workspace_id = method.workspace_id
          and state.source = method.source
          and state.initial_sync_completed
          and state.initial_feed is null
        returning method.workspace_id, method.source, method.crm_id
      )
      select distinct lost.crm_id, lost.source as crm_source, contact.phone, contact.email
      from lost
      left join public.contacts as contact
        on contact.workspace_id = lost.workspace_id and contact.crm_source = lost.source and contact.crm_id = lost.crm_id
    `;
    if (harmed.length > 0) this.met.add('contact methods lost');
    for (const one of harmed) this.#harmed.set(`${one.crm_source} ${one.crm_id}`, one);
    this.tenant.touchContact(pick);
  }

  async #carryOutLate(calls: number): Promise<void> {
    const due = this.#late.filter(({ from }) => from <= calls);
    this.#late = this.#late.filter(({ from }) => from > calls);
    this.isCarryingOutLate = true;
    for (const { call } of due) await call();
    this.isCarryingOutLate = false;
    if (due.length > 0) this.met.add('call carried out after its caller gave up', due.length);
  }

  /** Leases and back-offs stand in the database, by its own clock: they are moved instead. */
  async #tellTime(): Promise<void> {
    const seconds = this.#untold / 1000;
    this.#untold = 0;
    await this.stage.admin`
      update public.servicetitan_sync_state
      set
        alive_until = alive_until - make_interval(secs => ${seconds}),
        nudged_at = nudged_at - make_interval(secs => ${seconds}),
        next_attempt_at = next_attempt_at - make_interval(secs => ${seconds})
      where workspace_id = ${this.workspaceId}
    `;
    await letPass({ workspaceId: this.workspaceId }, seconds / 60, this.stage.admin);
  }

  /** No more changes and no more faults; what was under way ends or never does. */
  async #stopAll(): Promise<void> {
    this.#happenings = [];
    this.#faults = [];
    this.instances.refusing = 0;
    for (const tenant of this.#tenants) tenant.heal();
    await this.#carryOutLate(Infinity);
    await this.#hand.ended();
    if (this.history.endings) for (const thread of this.#halted.splice(0)) await thread.advance(Infinity);
  }

  /** Time passes; one more tick. */
  async #comeToRest(): Promise<void> {
    await this.#stopAll();
    this.trace?.('rest');
    // The first tick wakes what died, the second takes over what did not wake; by then nothing is under way.
    this.pass(REST_MS);
    if ((await this.#lastTick()) !== 'completed') {
      this.pass(REST_MS);
      await this.#lastTick();
    }
    // R17: what the live readers lost the settled reader brings.
    for (let minutes = 0; minutes < SETTLED_MINUTES && this.#lost.size > 0; minutes += TICK_MINUTES) {
      this.pass(TICK_MINUTES * MINUTE_MS);
      await this.#lastTick();
    }
    if (this.#hand.isLoose) await this.#compareAll();
    let ended = await this.#calmDown();
    const breaches: string[] = [...this.#falselyTold];
    if (ended === 'completed' && this.#harmed.size > 0) {
      breaches.push(...(await readTaken(this.stage.admin, this.workspaceId, this.tenant, [...this.#harmed.values()])));
      // What our own rows don't know of, a whole reading brings back.
      for (const { crm_id, crm_source } of this.#harmed.values()) this.tenant.touchCustomer(crm_id, crm_source);
      ended = await this.#calmDown();
    }
    const noted = await readBreaches(this.stage.admin, this.workspaceId);
    breaches.push(...noted.filter((breach) => this.#hand.isHeld(breach)));
    if (ended !== 'completed') breaches.push(`the last run did not complete: ${ended}`);
    breaches.push(...(await readDifferences(this.stage.admin, this.workspaceId, this.tenant, new Set())));
    if (breaches.length > 0) throw new Breach(breaches.join('\n'));
    // Who is gone is asked for beside a customer that is there (R18): where nobody is, no pass is whole.
    if (this.history.proving && this.tenant.world.customers.length > 0) await this.#prove(this.history.proving);
  }

  /** R18: what is planted now, the next pass has to name and mend; where nothing is, it finds nothing. */
  async #prove({ plants, faults }: Proving): Promise<void> {
    const { admin } = this.stage;
    this.trace?.('proving');
    this.pass(LONG_MS);
    await this.#calmDown();
    await this.#endPass('0');
    const before = await this.#newestPass();
    this.#planted = new Planted(this.workspaceId, this.tenant, this.met);
    await this.#planted.plant(admin, plants);
    if (this.#planted.customers.size + this.#planted.extras.size === 0)
      this.met.add('everything compared, nothing planted');
    this.#happenings = [...faults];
    this.#calls = 0;
    this.pass(TICK_MINUTES * MINUTE_MS);
    await this.#toTheEnd((thread) => triggerOnce(this, thread, 'full'));
    const isStrict = faults.length === 0;
    if (!isStrict) this.met.add('everything compared while faults went on');
    this.#happenings = [];
    this.#faults = [];
    await this.#carryOutLate(Infinity);
    await this.#endPass(before);
    const ended = await this.#calmDown();
    const breaches = [
      ...(ended === 'completed' ? [] : [`the last run did not complete: ${ended}`]),
      ...(await readBreaches(admin, this.workspaceId)),
      ...(await this.#planted.readFaults(admin, before, { isStrict, mayRereadAll: faults.some(losesAToken) })),
      ...(await readDifferences(admin, this.workspaceId, this.tenant, this.#planted.extras)),
    ];
    if (breaches.length > 0) throw new Breach(breaches.join('\n'));
  }

  /** Runs until a pass behind that one is whole and none is under way. One that is not whole is asked for again. */
  async #endPass(before: string): Promise<void> {
    const { admin } = this.stage;
    for (let runs = 0; runs < MOST_PASS_RUNS; runs += 1) {
      const [state] = await admin`
        select
          coalesce(bool_or(proof.ended_at is null), false) as under_way,
          coalesce((array_agg(proof.whole order by proof.pass desc) filter (where proof.pass > ${before}))[1], false) as whole,
          coalesce((array_agg(proof.why_not::text order by proof.pass desc) filter (where proof.pass > ${before}))[1], 'none began') as why_not
        from public.servicetitan_proofs as proof
        where proof.workspace_id = ${this.workspaceId} and proof.source = ${`production/${this.tenant.world.tenantId}`}
      `;
      if (state!['whole'] && !state!['under_way']) return;
      if (!state!['under_way']) {
        this.met.add(
          `pass not whole: ${String(state!['why_not'])
            .replaceAll(/"|code|count|[^a-z_ ]/g, '')
            .trim()}`,
        );
        await admin`update public.servicetitan_sync_state set pass_wanted_at = now() where workspace_id = ${this.workspaceId}`;
      }
      this.pass(REST_MS);
      await this.#lastTick();
    }
    throw new Breach(`R18: no pass was whole after ${MOST_PASS_RUNS} runs at rest`);
  }

  async #newestPass(): Promise<string> {
    const [row] = await this.stage.admin`
      select coalesce(max(pass), 0)::text as pass from public.servicetitan_proofs where workspace_id = ${this.workspaceId}
    `;
    return row!['pass'] as string;
  }

  /** R21: what no run has to notice by itself a pass brings, as docs/operating.md says. */
  async #compareAll(): Promise<void> {
    // Another Worker's name, written there by hand, keeps this one out for an hour (R8).
    await this.stage.admin`
      update public.servicetitan_sync_state set last_completed_at = last_completed_at - interval '1 hour'
      where workspace_id = ${this.workspaceId}
    `;
    await this.#toTheEnd((thread) => triggerOnce(this, thread, 'full'));
    for (let runs = 0; runs < MOST_OF_A_PASS && (await this.#isComparing()); runs += 1) {
      this.pass(TICK_MINUTES * MINUTE_MS);
      await this.#lastTick();
    }
  }

  async #isComparing(): Promise<boolean> {
    const [row] = await this.stage.admin`
      select pass_wanted_at is not null or exists (
        select from public.servicetitan_proofs as proof
        where proof.workspace_id = state.workspace_id and proof.source = state.source and proof.ended_at is null
      ) as comparing
      from public.servicetitan_sync_state as state
      where state.workspace_id = ${this.workspaceId}
    `;
    return row!['comparing'] as boolean;
  }

  /** Runs until nobody is left to be asked again. Answers how the last run ended. */
  async #calmDown(): Promise<string> {
    this.pass(15 * MINUTE_MS);
    let ended = await this.#lastTick();
    // R16: what takes away has two witnesses, 15 minutes apart, and waits for a day where it takes much.
    for (let runs = 0; runs < MOST_RECHECKS && ended === 'completed' && (await this.#isWaiting()); runs += 1) {
      this.met.add('recheck at rest');
      this.pass(runs % 3 === 2 ? 24 * 60 * MINUTE_MS : 16 * MINUTE_MS);
      ended = await this.#lastTick();
    }
    return ended;
  }

  async #isWaiting(): Promise<boolean> {
    const [row] = await this.stage.admin`
      select exists (
        select from public.servicetitan_rechecks as recheck
        join public.servicetitan_sync_state as state using (workspace_id, source)
        where recheck.workspace_id = ${this.workspaceId} and recheck.due_at <> 'infinity'
        union all
        select from public.servicetitan_sync_errors as error
        join public.servicetitan_sync_state as state using (workspace_id, source)
        where error.workspace_id = ${this.workspaceId}
      ) as waiting
    `;
    return row!['waiting'] as boolean;
  }

  async #lastTick(): Promise<string> {
    this.lastTick = this.now;
    await this.#toTheEnd((thread) => tickOnce(this, thread));
    const newest = this.instances.all.at(-1)!.id;
    const [run] = await this.stage.admin`
      select status, error from public.servicetitan_sync_runs
      where workspace_id = ${this.workspaceId} and (instance_id = ${newest} or not ${this.#hand.isEdited})
      order by fence desc limit 1
    `;
    if (!run) return 'no run was started';
    return run['status'] === 'completed' ? 'completed' : `${run['status']}: ${run['error']}`;
  }

  /** How far ServiceTitan's clock is ahead of the Worker's. */
  get #aheadMs(): number {
    const { overlapSeconds, skew, days } = this.history;
    return overlapSeconds * skew + days * DAY_MS;
  }

  #createTenant(index: number): Tenant {
    const { seed, overlapSeconds, days, lag, exportBatchSize, switches, customers } = this.history;
    const tenantId = `${Number.parseInt(this.workspaceId.replace(/\D/g, ''), 10)}${index}`;
    const world = worlds.create({
      tenantId,
      seed: seed + index,
      customers: index === 0 ? customers : Math.ceil(customers / 2),
      clientId: `client-${tenantId}`,
      clientSecret: 'secret',
      appKey: 'app',
      switches: {
        ...switches,
        exportBatchSize: exportBatchSize * this.scale,
        callsPerSecond: null,
        visibilityLagSeconds: (overlapSeconds * lag) / 1000,
        // What was there before the history is older than it.
        clockSkewSeconds: Math.floor((BEGINNING - Date.now() - (1 + Math.abs(days)) * DAY_MS) / 1000),
      },
    });
    const ahead = this.#aheadMs;
    world.clock.unixMs = () => this.now + ahead;
    // A cursor is given by the earlier of the two clocks.
    return new Tenant(world, () => this.now + Math.min(ahead, 0), this.met);
  }
}

/** The fault of that number among those of the service, so that each number fits each call. */
function faultFor(number: number, service: Service): string {
  const fitting = FAULTS.filter((fault) => serviceOf(fault) === service);
  return fitting[number % fitting.length]!;
}

function instanceOf(parameters: object): string {
  return String((parameters as Record<string, unknown>)['p_instance_id']);
}

/** Who calls, for the triggers: `<workspace> <instance> <fence>`. Empty for those who hold no lease yet. */
function callerOf(parameters: object): string {
  const { p_workspace_id, p_instance_id, p_fence, p_run, p_batch } = parameters as Record<string, never>;
  const run = p_run ?? (p_batch as { run?: never } | undefined)?.run;
  if (run) {
    const { workspace_id, instance_id, fence } = run as Record<string, unknown>;
    return `${String(workspace_id)} ${String(instance_id)} ${String(fence)}`;
  }
  return p_instance_id ? `${String(p_workspace_id)} ${String(p_instance_id)} ${p_fence ?? ''}` : '';
}
