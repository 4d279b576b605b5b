// The simulated ServiceTitan in a process of its own: it is somebody else's machine, so its memory and its collector must
// not be part of what is measured. Driven by messages of its parent; see client.ts.
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import type { SourceRequest } from './client.ts';
import { writeExpectedRows } from './expectedRows.ts';
import { changeCustomers, seedCustomers } from './seed.ts';

const serviceTitan = await startServiceTitan();
let round = 0;

async function answer(request: SourceRequest): Promise<unknown> {
  switch (request.do) {
    case 'create':
      return seedCustomers(serviceTitan.createTenant({ ...request.tenant, customers: 0 }), request.customers);
    case 'change':
      round += 1;
      return changeCustomers(serviceTitan.world(request.tenantId), request.count, round);
    case 'expect': {
      const world = serviceTitan.world(request.tenantId);
      const ids = request.first === undefined ? undefined : world.customerIds.slice(0, request.first);
      return writeExpectedRows(world, request.source, request.files, ids);
    }
    case 'remove': {
      const path = `${serviceTitan.url}/simulator/tenants/${request.tenantId}`;
      await fetch(path, { method: 'DELETE' });
    }
  }
}

process.on('message', (request: SourceRequest & { id: number }) => {
  answer(request).then(
    (result) => process.send!({ id: request.id, result }),
    (error: Error) => process.send!({ id: request.id, error: error.message }),
  );
});
// Its parent is gone: nobody is left to answer.
process.on('disconnect', () => process.exit());
process.send!({ id: 0, result: serviceTitan.url });
