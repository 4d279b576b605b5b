import { createServer, type AddressInfo, type Server } from 'node:net';
import { StackError } from './stackError.ts';

/** A named port of the stack; `variable` is the environment variable that moves it. */
export interface Port {
  port: number;
  name: string;
  variable: string;
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve));

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = await listen(0);
  const { port } = server.address() as AddressInfo;
  await close(server);
  return port;
}

/** Throws a StackError naming the variable to set when something listens on the port, or may not be listened on. */
export async function requireFreePort({ port, name, variable }: Port): Promise<void> {
  try {
    await close(await listen(port));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === 'EADDRINUSE' ? 'is taken' : `cannot be opened (${code})`;
    throw new StackError(
      `Port ${port}, wanted for ${name}, ${reason}: end what uses it, or choose another with ${variable}=<port>.`,
      { cause: error },
    );
  }
}
