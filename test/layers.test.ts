// Imports run one way: docs/architecture.md, "Module order". A file may import from its own layer and from those below it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const project = resolve(import.meta.dirname, '..');

/** From the top down; the first that a path begins with is its layer. */
const LAYERS = [
  'src/index.ts',
  'src/http/',
  'src/doctor/',
  'src/why/',
  'src/serviceTitanSync.ts',
  'src/schedule/',
  'src/alerts/',
  'src/sync/',
  'src/supabase/',
  'src/credentials/',
  'src/serviceTitanApi.ts',
  'src/serviceTitan/',
  'src/config.ts',
  'src/settings/',
  'src/base64.ts',
  'src/outgoing.ts',
  'src/log.ts',
  'src/errors.ts',
  'src/secrets.ts',
  'package.json',
  'supabase/functions/_shared/',
];

/** Of the status page, from the top down. */
const PAGE_LAYERS = [
  'page/main.tsx',
  'page/App.tsx',
  'page/views/',
  'page/parts/',
  'page/plot/',
  'page/data/',
  'page/api/api.ts',
  'page/api/call.ts',
  'page/session.ts',
  'page/route.ts',
  'page/runs.ts',
  'page/filter.ts',
  'page/checks.ts',
  'page/states.ts',
  'page/format.ts',
  'page/api/contract.ts',
];

interface Import {
  from: string;
  to: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
    .map((file) => join(folder, file));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(project, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'(\.[^']+)'/gms)].map(([, target]) => ({
    from: file,
    to: relative(project, resolve(project, dirname(file), target!)),
  }));
}

const layerOf = (path: string, layers = LAYERS) => layers.findIndex((layer) => path.startsWith(layer));
const name = ({ from, to }: Import) => `${from} -> ${to}`;
const all = [...sources('src'), ...sources('supabase/functions')].flatMap(importsOf);

test('every file of the Worker belongs to a layer', () => {
  expect(sources('src').filter((file) => layerOf(file) === -1)).toEqual([]);
});

test('imports run down the layers, never up', () => {
  const upwards = all.filter(({ from, to }) => layerOf(from) !== -1 && layerOf(to) < layerOf(from));
  expect(upwards.map(name)).toEqual([]);
});

test('the Worker does not import the local stack, nor tests', () => {
  expect(all.filter(({ to }) => /^(?:local|test|bench)\//.test(to)).map(name)).toEqual([]);
});

test('the Edge Function imports the wire contract and nothing of the Worker', () => {
  const outside = all.filter(({ from, to }) => from.startsWith('supabase/') && !to.startsWith('supabase/functions/'));
  expect(outside.map(name)).toEqual([]);
});

test('code of ServiceTitan and code of Supabase meet in a run alone', () => {
  const parts = (file: string) => {
    const targets = importsOf(file).map(({ to }) => to);
    return [/^src\/serviceTitan(?:Api\.ts|\/)/, /^src\/supabase\//].every((part) =>
      targets.some((target) => part.test(target)),
    );
  };
  const meeting = sources('src').filter((file) => parts(file) && !file.startsWith('src/sync/'));
  expect(meeting).toEqual([]);
});

/** Imports of any kind: of types, `import()`, and those that take no name. */
function allImportsOf(file: string): Import[] {
  const text = readFileSync(join(project, file), 'utf8');
  return [...text.matchAll(/\b(?:from|import)[\s(]+'(\.[^']+)'/g)].map(([, target]) => ({
    from: file,
    to: relative(project, resolve(project, dirname(file), target!)),
  }));
}

test('ServiceTitan is imported through its face alone', () => {
  const isInside = (path: string) => path.startsWith('src/serviceTitan/');
  const past = ['src', 'supabase/functions', 'page', 'local']
    .flatMap(sources)
    .flatMap(allImportsOf)
    .filter(({ from, to }) => isInside(to) && !isInside(from) && from !== 'src/serviceTitanApi.ts');
  expect(past.map(name)).toEqual([]);
});

test('the runtime of Node is not imported by what runs in workerd or in Deno, but for one function', () => {
  const files = [...sources('src'), ...sources('supabase/functions')];
  const found = files.filter((file) => /from 'node:/.test(readFileSync(join(project, file), 'utf8')));
  // An HMAC, which the Web's own crypto has as a promise alone, while settings are read at once; workerd has it.
  expect(found).toEqual(['src/settings/supabaseKeys.ts']);
});

function users(pattern: RegExp): string[] {
  return sources('src').filter((file) => pattern.test(withoutComments(readFileSync(join(project, file), 'utf8'))));
}

test('one file of the Worker calls other systems', () => {
  // As a call or a value, `{ global: { fetch } }` included; not as a property with a value of its own, nor another object's.
  expect(users(/(?<![.\w-])fetch(?!\??:|\w)/)).toEqual(['src/outgoing.ts']);
  expect(users(/(?<!')\b(?:globalThis|self|WebSocket|EventSource)\b(?!')|cloudflare:sockets/)).toEqual([]);
  expect(users(/\bcreateClient\(/)).toEqual(['src/supabase/client.ts']);
});

test('one file of the local stack opens HTTP servers: the one that checks who calls', () => {
  const opening = sources('local').filter((file) =>
    /\bcreateServer\(|\bserve\(|\.listen\(/.test(withoutComments(readFileSync(join(project, file), 'utf8'))),
  );
  // The second looks which port is free.
  expect(opening).toEqual(['local/loopback.ts', 'local/ports.ts']);
});

test('one file of the Worker writes to the log', () => {
  expect(users(/\bconsole\b/)).toEqual(['src/log.ts']);
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/(?<!:)\/\/.*$/gm, '');
}

test('the page imports down its own layers, and nothing of the rest', () => {
  const imports = sources('page').flatMap(importsOf);
  const place = (path: string) => layerOf(path, PAGE_LAYERS);
  expect(sources('page').filter((file) => place(file) === -1)).toEqual([]);
  expect(imports.filter(({ from, to }) => place(to) < place(from)).map(name)).toEqual([]);
});

/** The shortest way from a file back to it through imports of any kind, those of types and `import()` included. */
function circleOf(file: string, imports: Map<string, string[]>): string | undefined {
  const cameFrom = new Map<string, string>();
  const open = [file];
  for (const from of open) {
    for (const to of imports.get(from) ?? []) {
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, from);
      open.push(to);
    }
  }
  if (!cameFrom.has(file)) return undefined;
  const way = [file];
  do way.unshift(cameFrom.get(way[0]!)!);
  while (way[0] !== file);
  return way.join(' -> ');
}

test('no file imports itself by way of others', () => {
  const files = ['src', 'supabase/functions', 'page', 'local', 'bench'].flatMap(sources);
  const imports = new Map(files.map((file) => [file, allImportsOf(file).map(({ to }) => to)]));
  expect(files.map((file) => circleOf(file, imports)).filter((circle) => circle !== undefined)).toEqual([]);
});
