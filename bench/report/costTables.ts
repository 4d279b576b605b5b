// The tables of the cost measurements.
import type { Costs } from '../costs/costs.ts';
import { HEAP_LIMIT_MB } from '../costs/functionCalls.ts';
import { CHANGED_RUNS_A_DAY, monthlyCosts } from '../costs/model.ts';
import { profileTable } from './profileTable.ts';
import type { Table } from './table.ts';

const whole = (value: number) => Math.round(value).toLocaleString('en-US');

export function costTables(costs: Costs): Table[] {
  return [profileTable(costs), functionCalls(costs), pass(costs), tick(costs), runs(costs), months(costs)];
}

function functionCalls({ function: functions }: Costs): Table {
  return {
    title: 'An Edge Function call, in CPU milliseconds of the whole Deno process, one process for each line',
    note:
      "Real pages of the simulated ServiceTitan, cut by the sync step, sent as the Worker sends them to the product's function in Deno, which writes them; five " +
      `calls to each process. CPU is user and system time of all its threads by \`process.cpuUsage()\`: V8's collector and Deno's HTTP server are in it. V8 was allowed ${HEAP_LIMIT_MB} MB ` +
      'of heap in all (`--max-heap-size`), so a call that needs more would have ended the process. Heap is what V8 holds after a call, garbage included; resident is ' +
      '`VmHWM`, Deno itself included. Ten phones abroad each is no real tenant: it is the worst that could be thought of.',
    head: [
      'records of a chunk',
      'largest body, kB',
      'start and first call',
      'first call',
      'later calls, median',
      'later calls, largest',
      'V8 heap after, MB',
      'resident peak, MB',
    ],
    rows: (functions?.calls ?? []).map((cost) => [
      `${whole(cost.records)} ${cost.kind}`,
      whole(cost.sentKilobytes),
      whole(cost.coldCpuMs),
      whole(cost.firstCpuMs),
      whole(cost.warmCpuMs),
      whole(cost.largestWarmCpuMs),
      whole(cost.heapMegabytes),
      whole(cost.peakMegabytes),
    ]),
  };
}

function pass({ pass: measured }: Costs): Table {
  return {
    title: 'Everything compared (R18), where all is equal',
    note:
      'Asked for as `POST /trigger` does with `"mode":"full"`; runs and calls with the live pages in front of each slice. Rows are those of contacts and of contact methods, and written ' +
      'is what has a later transaction. The sweep is the SQL that compares what was shown and what is stored as sets.',
    head: [
      'customers',
      'rows',
      'runs',
      'ServiceTitan calls',
      'Edge Function calls',
      'Data API calls',
      'rows written',
      'sweep, ms',
    ],
    rows: measured
      ? [
          [
            measured.customers,
            measured.rows,
            measured.runs,
            measured.serviceTitanCalls,
            measured.functionCalls,
            measured.dataApiCalls,
            measured.written,
            measured.sweepMs,
          ].map(whole),
        ]
      : [],
  };
}

function tick({ tick: measured }: Costs): Table {
  const size = measured ? measured.workspaces.toLocaleString('en-US') : '';
  const lines = measured
    ? ([
        ['all due', measured.due],
        ['all running', measured.running],
      ] as const)
    : [];
  return {
    title: `A tick of ${size} workspaces`,
    note:
      'The cron handler over real connections in Postgres, through the Data API, in a process of its own; the Workflow binding only counts. Time passes where the handler ' +
      'waits and nowhere else: in truth its calls take time too, which only slows the creation.',
    head: [
      'workspaces',
      'started',
      'Supabase calls',
      'batches of instances',
      'largest batch',
      'most in a second',
      'waited, s',
      'CPU of the handler, s',
    ],
    rows: lines.map(([name, { summary, supabase, batches, largestBatch, mostInASecond, waitedMs, cpuMs }]) => [
      name,
      whole(summary.started),
      whole(supabase.calls),
      whole(batches),
      whole(largestBatch),
      whole(mostInASecond),
      whole(waitedMs / 1000),
      (cpuMs / 1000).toFixed(1),
    ]),
  };
}

function runs({ runs: measured }: Costs): Table {
  return {
    title: 'One run in which little changed, on average; CPU in milliseconds',
    note:
      'Runs that follow each other, started by `POST /trigger` (of the naive form: its own route). workerd is with the local Workflow engine, which keeps its state in SQLite, and with ' +
      "wrangler's proxy: more than Cloudflare would charge. Postgres is without the benchmark's own sessions. Claims are left out of the Data API calls, and so are the function's own calls " +
      '(one a batch; two of the naive form).',
    head: [
      'changed customers',
      'form',
      'steps',
      'ServiceTitan calls',
      'Data API calls',
      'Edge Function calls',
      'workerd',
      'Edge Function',
      'PostgREST',
      'Postgres',
    ],
    rows: (measured?.costs ?? []).map((cost) => [
      String(cost.changed),
      cost.form,
      String(cost.steps),
      cost.serviceTitanCalls.toFixed(1),
      cost.dataApiCalls.toFixed(1),
      cost.functionCalls.toFixed(1),
      cost.cpu.workerd.toFixed(0),
      cost.cpu.deno.toFixed(0),
      cost.cpu.postgrest.toFixed(0),
      cost.cpu.postgres.toFixed(0),
    ]),
  };
}

function months(costs: Costs): Table {
  return {
    title: `A month of 30 days; with ${CHANGED_RUNS_A_DAY.join(' or ')} of a workspace's 57 runs a day finding a change`,
    note:
      'The two tables before, multiplied (bench/costs/model.ts): runs of 6:00 to 20:00, ticks around the clock; how many runs find a change is an assumption. Charged is what goes beyond the included ' +
      "steps, requests and CPU of Cloudflare's Workers Paid plan and the invocations of Supabase's Pro plan, at the prices of their pages *Pricing - Workflows* (21 Jul 2026) and *Manage Edge Function " +
      'Invocations usage*; the plans themselves, the database, storage, logs and traffic are not in it. The first sync of a workspace, once, is not in it either. Of the product a run that finds a change ' +
      'is counted twice: the window of the next one reaches back to it, so that it is read, sent and found unchanged once more (counted as if it were written). The naive form has no such overlap.',
    head: [
      'workspaces',
      'runs with a change a day',
      'form',
      'Workflow steps',
      'Worker requests',
      'Worker CPU, s',
      'Edge Function calls',
      'Data API calls',
      'database CPU, s',
      'charged, $',
    ],
    rows: monthlyCosts(costs).map((cost) => [
      whole(cost.workspaces),
      String(cost.changedRunsADay),
      cost.form,
      whole(cost.steps),
      whole(cost.requests),
      whole(cost.cpuMs / 1000),
      whole(cost.functionCalls),
      whole(cost.dataApiCalls),
      whole(cost.databaseCpuSeconds),
      cost.dollars.toFixed(2),
    ]),
  };
}
