import { connect } from 'node:net';

export interface RawCall {
  method?: string;
  /** As it stands in the request line. */
  target?: string;
  version?: string;
  /** In this order, doubled or contradictory if need be; without a Host the right one is added. */
  headers?: [string, string][];
  body?: string;
  /** For a connection that may stay open. */
  headOnly?: boolean;
}

/** Sends a request exactly as given, and answers as `rawText`. */
export function rawCall(
  port: number,
  { method = 'GET', target = '/', version = '1.1', headers = [], body = '', headOnly = false }: RawCall,
) {
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
  const all: [string, string][] = [...(hasHost ? [] : [['Host', `127.0.0.1:${port}`] as [string, string]]), ...headers];
  if (!all.some(([name]) => /^connection$/i.test(name))) all.push(['Connection', 'close']);
  if (body) all.push(['Content-Length', String(Buffer.byteLength(body))]);
  const lines = [`${method} ${target} HTTP/${version}`, ...all.map(([name, value]) => `${name}: ${value}`)];
  return rawText(port, `${lines.join('\r\n')}\r\n\r\n${body}`, headOnly);
}

/** Sends the text and answers all that comes back, or only its head; empty when the other side just hangs up. */
export function rawText(port: number, text: string, headOnly = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    const end = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (headOnly && answer.includes('\r\n\r\n')) end();
    });
    socket.on('error', end);
    socket.on('end', end);
    socket.setTimeout(5_000, end);
  });
}

/** 0 where nothing was answered that is HTTP. */
export const statusOf = (answer: string): number => Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);

/** Headers that only a caller from elsewhere sends, by what they are. `own` is the port that is called. */
export const foreignCalls = (own: number): [string, [string, string][]][] => [
  ['another Host', [['Host', 'evil.example']]],
  ['another Host with the own port', [['Host', `evil.example:${own}`]]],
  ['a Host that begins as the loopback', [['Host', `127.0.0.1.evil.example:${own}`]]],
  ['a foreign Origin', [['Origin', 'https://evil.example']]],
  ['a foreign Origin over http', [['Origin', 'http://evil.example']]],
  [
    'a preflight',
    [
      ['Origin', 'http://evil.example'],
      ['Access-Control-Request-Method', 'POST'],
      ['Access-Control-Request-Headers', 'apikey,authorization,content-type'],
    ],
  ],
];
