// The targets that the cost measurements show, and whether each is met.
import type { Target } from '../target.ts';
import type { Costs } from './costs.ts';
import { HEAP_LIMIT_MB } from './functionCalls.ts';

const FUNCTION_CPU_MS = 1000;

/** For 30,000 customers, which is what is measured unless a smaller number is asked for. */
const CALLS = 40;

/** Of a pass: its pages and batches, for two contact methods each; each run of it has live pages too, and a token. */
const PASS = { page: 5000, callsOfARun: 4, sweepMs: 1000 };

/** Cloudflare's: instances a second of one Workflow and a call, requests of an invocation, minutes and CPU of a cron handler. */
const PLATFORM = { perSecond: 100, perBatch: 100, subrequests: 10_000, wallMs: 15 * 60_000, cpuMs: 30_000 };
/** What a call to the Supabase project takes where users have it. */
const CALL_MS = 30;

export function costTargets({ function: functions, calls, pass, tick }: Costs): Target[] {
  const targets: Target[] = [];
  if (functions) {
    const largest = Math.max(
      ...functions.calls.map(({ firstCpuMs, largestWarmCpuMs }) => Math.max(firstCpuMs, largestWarmCpuMs)),
    );
    const withStart = Math.max(...functions.calls.map(({ coldCpuMs }) => coldCpuMs));
    targets.push({
      target: `no Edge Function call over ${FUNCTION_CPU_MS / 1000} s of CPU`,
      found: `at most ${largest.toFixed(0)} ms; ${withStart.toFixed(0)} ms together with the start of the process`,
      isMet: largest <= FUNCTION_CPU_MS,
    });
    const heap = Math.max(...functions.calls.map(({ heapMegabytes }) => heapMegabytes));
    targets.push({
      target: `no Edge Function call over ${HEAP_LIMIT_MB} MB of heap`,
      found: `every call was answered by a process that V8 allows no more; after it, at most ${heap.toFixed(0)} MB`,
      isMet: heap <= HEAP_LIMIT_MB,
    });
  }
  if (calls) {
    const { parity, serviceTitan } = calls.measurement;
    targets.push({
      target: `${parity.contacts.toLocaleString('en-US')} customers with two contact methods each in at most ${CALLS} ServiceTitan calls`,
      found: `${serviceTitan!.calls} calls, rows equal`,
      isMet: serviceTitan!.calls <= CALLS,
    });
  }
  if (pass) {
    const of = `everything compared, ${pass.customers.toLocaleString('en-US')} customers with two contact methods each`;
    const pages = Math.ceil(pass.customers / PASS.page) + Math.ceil((2 * pass.customers) / PASS.page);
    const most = pages + PASS.callsOfARun * pass.runs;
    targets.push(
      {
        target: `${of}: ${pages} ServiceTitan calls in all, and ${PASS.callsOfARun} for the live pages of each run`,
        found: `${pass.serviceTitanCalls} calls in ${pass.runs} runs`,
        isMet: pass.serviceTitanCalls <= most,
      },
      {
        target: `${of}: nothing written where all is equal`,
        found: `${pass.written} of ${pass.rows.toLocaleString('en-US')} rows`,
        isMet: pass.written === 0,
      },
      {
        target: `${of}: the comparison as sets takes less than ${PASS.sweepMs / 1000} s of the database`,
        found: `${pass.sweepMs.toFixed(0)} ms`,
        isMet: pass.sweepMs < PASS.sweepMs,
      },
    );
  }
  if (tick) {
    const { due, workspaces } = tick;
    const of = `a tick of ${workspaces.toLocaleString('en-US')} workspaces`;
    const subrequests = due.supabase.calls + due.batches;
    const wallMs = due.waitedMs + due.workMs + due.supabase.calls * CALL_MS;
    targets.push(
      {
        target: `${of}: at most ${PLATFORM.perSecond} instances a second, ${PLATFORM.perBatch} a call`,
        found: `${due.mostInASecond} a second, ${due.largestBatch} a call, were each call to take no time`,
        isMet: due.mostInASecond <= PLATFORM.perSecond && due.largestBatch <= PLATFORM.perBatch,
      },
      {
        target: `${of}: at most ${PLATFORM.subrequests.toLocaleString('en-US')} subrequests`,
        found: `${subrequests}: ${due.supabase.calls} to Supabase, ${due.batches} to the Workflow engine`,
        isMet: subrequests <= PLATFORM.subrequests,
      },
      {
        target: `${of}: the cron handler ends within ${PLATFORM.wallMs / 60_000} minutes and ${PLATFORM.cpuMs / 1000} s of CPU`,
        found: `${(wallMs / 1000).toFixed(0)} s, ${due.waitedMs / 1000} of them waits, with ${CALL_MS} ms a call added; ${(due.cpuMs / 1000).toFixed(1)} s of CPU`,
        isMet: wallMs <= PLATFORM.wallMs && due.cpuMs <= PLATFORM.cpuMs,
      },
    );
  }
  return targets;
}
