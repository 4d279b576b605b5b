// The product's Edge Function, and beside it what the process has cost so far. For the benchmark alone, never deployed.
import process from 'node:process';
import { getHeapStatistics } from 'node:v8';
import product from '../../../supabase/functions/servicetitan-contact-sync/index.ts';

export default {
  async fetch(request: Request): Promise<Response> {
    if (!new URL(request.url).pathname.endsWith('/cost')) return product.fetch(request);
    const { user, system } = process.cpuUsage();
    const { total_heap_size, heap_size_limit } = getHeapStatistics();
    return Response.json({
      pid: process.pid,
      cpuMs: (user + system) / 1000,
      heapBytes: total_heap_size,
      heapLimitBytes: heap_size_limit,
    });
  },
};
