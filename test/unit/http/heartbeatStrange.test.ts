// The heartbeat's address is a secret, and whoever answers there may do anything.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { sendHeartbeat } from '../../../src/alerts/heartbeat.ts';
import { readConfig } from '../../../src/config.ts';
import { CREDENTIALS_KEY, randomSecretKey } from '../../support/credentialsKey.ts';

const answers: [string, (response: ServerResponse) => void][] = [
  ['redirects', (response) => response.writeHead(302, { location: '/elsewhere/secret-place' }).end()],
  ['redirects the method too', (response) => response.writeHead(308, { location: 'https://x.example/' }).end()],
  ['answers 500 with the address in it', (response) => response.writeHead(500).end('secret-place')],
  ['closes the connection', (response) => void response.destroy()],
  ['gives no answer', () => {}],
  ['gives a body without end', (response) => void response.writeHead(200).write('x')],
];

test.for(answers)('an address that %s ends in time, and stands in no log', { timeout: 15_000 }, async ([, answer]) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const config = readConfig({
    SUPABASE_URL: 'https://project.example',
    SUPABASE_SECRET_KEY: randomSecretKey(),
    CREDENTIALS_KEY,
    HEARTBEAT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/secret-place`,
  });
  const logged: object[] = [];
  await sendHeartbeat(config, true, (entry) => void logged.push(entry));
  expect(asked).toEqual(['/ping/secret-place']);
  expect(JSON.stringify(logged)).not.toMatch(/secret-place|127\.0\.0\.1/);
});
