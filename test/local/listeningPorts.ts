import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';

/** The TCP ports that these processes listen on, as Linux tells it, and whether other machines reach them. */
export function listeningPorts(pids: number[]): { port: number; isLoopback: boolean }[] {
  const inodes = new Set(pids.flatMap(socketsOf));
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTENING && inodes.has(inode!))
      .map(([, local]) => {
        const [address, port] = local!.split(':');
        return { port: Number.parseInt(port!, 16), isLoopback: address === '0100007F' };
      }),
  );
}

function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((name) => /^socket:\[(\d+)\]$/.exec(readLink(`${folder}/${name}`))?.[1] ?? []);
  } catch {
    // It has ended, or runs as another user, as PostgreSQL does for root alone, who may look.
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
