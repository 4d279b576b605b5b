// The simulated ServiceTitan alone, with the tenant of the examples: `node local/serviceTitan/main.ts`.
import { DEMO_CREDENTIALS, DEMO_TENANT_ID } from './demo.ts';
import { startServiceTitan } from './server.ts';

const serviceTitan = await startServiceTitan({ port: Number(process.env.SERVICETITAN_PORT ?? 8790) });
const customers = Number(process.env.SERVICETITAN_CUSTOMERS ?? 5000);
serviceTitan.createTenant({ tenantId: DEMO_TENANT_ID, seed: 1, customers, ...DEMO_CREDENTIALS });
console.log(`ServiceTitan, simulated, with ${customers} customers of tenant ${DEMO_TENANT_ID}: ${serviceTitan.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void serviceTitan.stop());
