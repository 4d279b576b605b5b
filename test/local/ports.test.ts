import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, requireFreePort } from '../../local/ports.ts';

test('a free port passes', async () => {
  await requireFreePort({ port: await freePort(), name: 'the Worker', variable: 'WORKER_PORT' });
});

test('a taken port is refused with the variable that moves it', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expect(requireFreePort({ port, name: 'the Worker', variable: 'WORKER_PORT' })).rejects.toThrow(
    `Port ${port}, wanted for the Worker, is taken: end what uses it, or choose another with WORKER_PORT=<port>.`,
  );
});
