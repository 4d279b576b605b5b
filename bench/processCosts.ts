// What the parts of the system cost the machine, read from /proc: CPU time and memory of every process under this one.
import { readdirSync, readFileSync } from 'node:fs';

export const PARTS = ['workerd', 'deno', 'postgrest', 'postgres', 'node', 'source'] as const;
export type Part = (typeof PARTS)[number];

// Both are 4,096 and 100 on every Linux this runs on.
const PAGE_BYTES = 4096;
const TICKS_PER_SECOND = 100;

interface ProcessCost {
  part: Part;
  cpuSeconds: number;
  megabytes: number;
}

/** CPU seconds by part since each process began; a process that has ended is not in it. */
export function cpuByPart(sourcePid: number): Record<Part, number> {
  return sumByPart(readProcesses(sourcePid), ({ cpuSeconds }) => cpuSeconds);
}

/** Resident megabytes by part. */
export function memoryByPart(sourcePid: number): Record<Part, number> {
  return sumByPart(readProcesses(sourcePid), ({ megabytes }) => megabytes);
}

export function difference(after: Record<Part, number>, before: Record<Part, number>): Record<Part, number> {
  return Object.fromEntries(PARTS.map((part) => [part, after[part] - before[part]])) as Record<Part, number>;
}

function sumByPart(processes: ProcessCost[], of: (cost: ProcessCost) => number): Record<Part, number> {
  const sums = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>;
  for (const cost of processes) sums[cost.part] += of(cost);
  return sums;
}

function readProcesses(sourcePid: number): ProcessCost[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readStat(Number(pid)) ?? []);
  const own = new Set([process.pid]);
  // Children may have lower ids than their parents, so go on until nothing is added.
  for (let size = 0; size !== own.size;) {
    size = own.size;
    for (const { pid, parent } of all) if (own.has(parent)) own.add(pid);
  }
  return all.flatMap(({ pid, name, cpuSeconds, megabytes }) => {
    if (!own.has(pid)) return [];
    // Node names its main thread, and so its process, so.
    const part = pid === sourcePid ? 'source' : name === 'MainThread' ? 'node' : PARTS.find((known) => name === known);
    return part ? [{ part, cpuSeconds, megabytes }] : [];
  });
}

function readStat(pid: number) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    return { pid, name, parent: Number(fields[1]), cpuSeconds, megabytes: (Number(fields[21]) * PAGE_BYTES) / 2 ** 20 };
  } catch {
    // It ended in between.
    return undefined;
  }
}

/** CPU seconds of these processes since each began. */
export function cpuOf(pids: number[]): number {
  return pids.reduce((sum, pid) => sum + (readStat(pid)?.cpuSeconds ?? 0), 0);
}
