// What the parts of the system cost the machine, read from /proc: CPU time and memory of every process under this one.
import { readdirSync, readFileSync } from 'node:fs';

/** `gateway` is this process: the gateway before Supabase and the proxies, and the benchmark itself. */
export const SYSTEM_PARTS = ['workerd', 'deno', 'postgrest', 'postgres', 'gateway', 'source', 'other'] as const;
export type SystemPart = (typeof SYSTEM_PARTS)[number];
export type ByPart = Record<SystemPart, number>;

/** Those that a user of the product has too. */
export const PRODUCT_PARTS = ['workerd', 'deno', 'postgrest', 'postgres'] as const satisfies readonly SystemPart[];

/** What of the machine is one form's alone: a process with all under it, and an Edge Function by its name. */
export interface OwnProcesses {
  pid?: number | undefined;
  edgeFunction?: string;
}

/** Which processes are looked at. */
export interface Scope {
  sourcePid: number;
  /** Of the forms that wait for their turn. */
  without: OwnProcesses[];
}

interface ProcessCost {
  part: SystemPart;
  cpuSeconds: number;
  megabytes: number;
}

// Both are 4,096 and 100 on every Linux this runs on.
const PAGE_BYTES = 4096;
const TICKS_PER_SECOND = 100;

/** CPU seconds by part since each process began, with those of its children that have ended. */
export function cpuByPart(scope: Scope): ByPart {
  return sumByPart(readProcesses(scope), ({ cpuSeconds }) => cpuSeconds);
}

/** Resident megabytes by part. */
export function memoryByPart(scope: Scope): ByPart {
  return sumByPart(readProcesses(scope), ({ megabytes }) => megabytes);
}

export function minus(after: ByPart, before: ByPart): ByPart {
  return Object.fromEntries(SYSTEM_PARTS.map((part) => [part, after[part] - before[part]])) as ByPart;
}

/** CPU seconds of these processes since each began. */
export function cpuOf(pids: number[]): number {
  return pids.reduce((sum, pid) => sum + (readStat(pid)?.cpuSeconds ?? 0), 0);
}

function sumByPart(processes: ProcessCost[], of: (cost: ProcessCost) => number): ByPart {
  const sums = Object.fromEntries(SYSTEM_PARTS.map((part) => [part, 0])) as ByPart;
  for (const cost of processes) sums[cost.part] += of(cost);
  return sums;
}

function readProcesses({ sourcePid, without }: Scope): ProcessCost[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readStat(Number(pid)) ?? []);
  const others = new Set(without.map(({ pid }) => pid));
  const own = new Set([process.pid]);
  // Children may have lower ids than their parents, so go on until nothing is added.
  for (let size = 0; size !== own.size;) {
    size = own.size;
    for (const { pid, parent } of all) if (own.has(parent) && !others.has(pid)) own.add(pid);
  }
  const otherFunctions = without.flatMap(({ edgeFunction }) => edgeFunction ?? []);
  return all.flatMap(({ pid, name, cpuSeconds, megabytes }) => {
    if (!own.has(pid)) return [];
    const part = pid === process.pid ? 'gateway' : pid === sourcePid ? 'source' : partOf(name);
    return part === 'deno' && runs(pid, otherFunctions) ? [] : [{ part, cpuSeconds, megabytes }];
  });
}

function partOf(name: string): SystemPart {
  return PRODUCT_PARTS.find((part) => part === name) ?? 'other';
}

function runs(pid: number, functions: string[]): boolean {
  const command = readProc(pid, 'cmdline') ?? '';
  return functions.some((name) => command.includes(`/${name}/`));
}

function readStat(pid: number) {
  const text = readProc(pid, 'stat');
  if (text === undefined) return undefined;
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  // user and system time of its own, and of the children that it has waited for
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  const megabytes = (fields[21]! * PAGE_BYTES) / 2 ** 20;
  return { pid, name, parent: fields[1]!, cpuSeconds: ticks / TICKS_PER_SECOND, megabytes };
}

function readProc(pid: number, file: 'stat' | 'cmdline'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended in between.
    return undefined;
  }
}
