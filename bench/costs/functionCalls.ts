// What a call of the Edge Function costs: the product's own, in a Deno process of its own for each kind and size of chunk,
// in which V8 is given 100 MB of heap and no more.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFunctions } from '../../local/supabase/functions.ts';
import { startGateway } from '../../local/supabase/gateway.ts';
import { freePort } from '../../local/ports.ts';
import { EdgeFunctionError } from '../../src/errors.ts';
import { createWriteBatch } from '../../src/supabase/contactSync.ts';
import type { FencedRun } from '../../src/supabase/ledger.ts';
import type { PageRows } from '../../src/sync/page.ts';
import type { Batch } from '../../supabase/functions/_shared/contactBatch.ts';
import { median } from '../median.ts';
import { type Bench, createTenant, type System } from '../system.ts';
import { asFeeds, firstOf, moveAbroad, readPages, toBatches } from './chunks.ts';
import { beginRun, serviceTitanOf } from './run.ts';
import { configFor } from './workerConfig.ts';

/** What V8 is given. */
export const HEAP_LIMIT_MB = 100;

const CHUNK_SIZES = [1, 25, 137, 500, 1000];
/** The first meets a process that has just started, the others one that is warm. */
const CALLS = 5;
const FUNCTION = 'measured-contact-sync';

/** One kind and size of chunk. CPU is that of the whole process: V8's other threads and the HTTP server too. */
export interface FunctionCost {
  kind: string;
  records: number;
  calls: number;
  /** From the start of the process to the end of its first call. */
  coldCpuMs: number;
  /** The first call alone. */
  firstCpuMs: number;
  warmCpuMs: number;
  largestWarmCpuMs: number;
  /** V8's heap as far as it was claimed after the last call, garbage included. */
  heapMegabytes: number;
  /** The most that the process had resident, Deno itself included. */
  peakMegabytes: number;
  sentKilobytes: number;
}

interface Kind {
  name: string;
  rows: PageRows;
  /** What has to be written before, not measured. */
  before?: PageRows;
}

/** `pageSize`: customers of the tenant, and records of the pages that are cut. */
export async function measureFunctionCalls(
  system: System,
  pageSize: number,
  report: (line: string) => void,
): Promise<FunctionCost[]> {
  const bench = await createTenant(system, pageSize);
  const { exported, contacts, changed } = await readPages(serviceTitanOf(system, bench), pageSize);
  const abroad = moveAbroad(changed);
  const late = asFeeds(abroad);
  const kinds: Kind[] = [
    { name: 'customers of the export', rows: exported },
    { name: 'contact methods of the feed', rows: contacts },
    { name: 'changed customers with their methods', rows: changed },
    { name: 'customers abroad, ten phones each', rows: abroad },
    { name: 'the same, the phones having come first', rows: late.customers, before: late.contacts },
  ];
  const costs: FunctionCost[] = [];
  for (const kind of kinds) {
    for (const size of CHUNK_SIZES.filter((records) => records <= pageSize)) {
      const cost = await measureKind(system, bench, kind, size).catch((error: unknown) => {
        if (!(error instanceof EdgeFunctionError) || !error.retryable) throw error;
        // As the sync does: a disk that stalls for half a minute says nothing about the function.
        report(`once more, for: ${error.message}`);
        return measureKind(system, bench, kind, size);
      });
      costs.push(cost);
      report(
        `${cost.records} ${cost.kind}: ${cost.coldCpuMs.toFixed(0)} ms of CPU cold, ${cost.warmCpuMs.toFixed(0)} warm`,
      );
    }
  }
  await system.source.ask({ do: 'remove', tenantId: bench.tenant.tenantId });
  return costs;
}

async function measureKind(system: System, bench: Bench, kind: Kind, size: number): Promise<FunctionCost> {
  const run = await beginRun(system, bench);
  if (kind.before) await writeBefore(system, kind.before, run, size);
  const batches = await toBatches(firstOf(kind.rows, size * CALLS), size, run, 2);
  const running = await startFunction(system);
  try {
    const costs = [];
    for (const batch of batches) {
      const before = await running.cost();
      await running.write(batch);
      const after = await running.cost();
      costs.push({ cpuMs: after.cpuMs - before.cpuMs, sinceStart: after.cpuMs, after });
    }
    const { after } = costs.at(-1)!;
    const warm = costs.slice(1).map(({ cpuMs }) => cpuMs);
    return {
      kind: kind.name,
      records: size,
      calls: costs.length,
      coldCpuMs: costs[0]!.sinceStart,
      firstCpuMs: costs[0]!.cpuMs,
      warmCpuMs: warm.length === 0 ? costs[0]!.cpuMs : median(warm),
      largestWarmCpuMs: Math.max(...(warm.length === 0 ? [costs[0]!.cpuMs] : warm)),
      heapMegabytes: Math.max(...costs.map((cost) => cost.after.heapBytes)) / 2 ** 20,
      peakMegabytes: peakMegabytes(after.pid),
      sentKilobytes: Math.max(...batches.map((batch) => JSON.stringify(batch).length)) / 1000,
    };
  } finally {
    await running.stop();
  }
}

/** By the function that the system runs anyway. */
async function writeBefore(system: System, rows: PageRows, run: FencedRun, size: number): Promise<void> {
  const write = createWriteBatch(configFor(system.gateway.url, system.secrets.keys.secret.default));
  const methodsNeeded = { ...rows, contact_methods: rows.contact_methods.slice(0, size * CALLS * 10) };
  for (const batch of await toBatches(methodsNeeded, 1000, run, 1)) await write(batch);
}

interface CostSoFar {
  pid: number;
  cpuMs: number;
  heapBytes: number;
  heapLimitBytes: number;
}

interface MeasuredFunction {
  write(batch: Batch): Promise<unknown>;
  cost(): Promise<CostSoFar>;
  stop(): Promise<void>;
}

let started = 0;

async function startFunction({ processes, stateFolder, gateway, secrets }: System): Promise<MeasuredFunction> {
  started += 1;
  // Its path is short, as a socket's has to be.
  const socketFolder = join(processes.folder, `f${started}`);
  mkdirSync(socketFolder);
  const functions = createFunctions({
    root: join(import.meta.dirname, '..', 'functions'),
    socketFolder,
    cacheFolder: join(stateFolder, 'deno'),
    env: {
      SUPABASE_URL: gateway.url,
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify(secrets.keys.publishable),
      SUPABASE_SECRET_KEYS: JSON.stringify(secrets.keys.secret),
      DENO_V8_FLAGS: `--max-heap-size=${HEAP_LIMIT_MB}`,
    },
    processes,
    logFile: join(stateFolder, 'logs', 'measured-function.log'),
  });
  const front = await startGateway({
    port: await freePort(),
    keys: secrets.keys,
    jwtSecret: secrets.jwtSecret,
    restSocket: '',
    functionSocket: () => functions.socket(FUNCTION),
  });
  const cost = async () => (await (await fetch(`${front.url}/functions/v1/${FUNCTION}/cost`)).json()) as CostSoFar;
  const { heapLimitBytes } = await cost();
  if (heapLimitBytes > HEAP_LIMIT_MB * 2 ** 20) throw new Error(`V8 took ${heapLimitBytes} bytes as its limit.`);
  return {
    write: createWriteBatch(configFor(front.url, secrets.keys.secret.default)),
    cost,
    stop: async () => {
      await front.stop();
      await functions.kill();
    },
  };
}

function peakMegabytes(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
