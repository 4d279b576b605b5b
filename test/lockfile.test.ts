// What a fresh user on any platform needs is in the lockfile, and nothing of the place where it was made.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Package {
  version?: string;
  resolved?: string;
  link?: boolean;
  integrity?: string;
  optional?: boolean;
  os?: string[];
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
const text = readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8');
const packages = (JSON.parse(text) as { packages: Record<string, Package> }).packages;

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

test('every package comes from the registry: none from a folder, an archive or a repository', () => {
  const elsewhere = Object.entries(packages).flatMap(
    ([path, { version, link, dependencies, optionalDependencies }]) => [
      ...(link || (path !== '' && !/^\d+\.\d+\.\d+/.test(version ?? '')) ? [path] : []),
      ...Object.entries({ ...dependencies, ...optionalDependencies })
        // A range, or another name for a package of the registry.
        .filter(([, wanted]) => !/^(?:npm:@?[\w./-]+@)?[\d^~<>=*|.\s\w+-]*$/.test(wanted))
        .map(([name, wanted]) => `${path} > ${name}@${wanted}`),
    ],
  );
  expect(elsewhere).toEqual([]);
});

test('every package is locked to its content, but for parts of other platforms, which are not installed here', () => {
  const unchecked = Object.entries(packages)
    .filter(([path, { integrity }]) => path !== '' && !integrity?.startsWith('sha512-'))
    .filter(([, { optional, os }]) => !(optional && os));
  expect(unchecked.map(([path]) => path)).toEqual([]);
});

test('the Edge Function imports packages of the registry alone, in the versions that the lockfile holds', () => {
  const file = join(import.meta.dirname, '../supabase/functions/servicetitan-contact-sync/deno.json');
  const { imports } = JSON.parse(readFileSync(file, 'utf8')) as { imports: Record<string, string> };
  const others = Object.values(imports).filter((from) => {
    const [, name, version] = /^npm:(@?[\w/-]+?)@(\d+\.\d+\.\d+)(?:\/[\w/]+)?$/.exec(from) ?? [];
    return version === undefined || packages[`node_modules/${name}`]?.version !== version;
  });
  expect(others).toEqual([]);
});

test('the versions in package.json are exact', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>;
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
});
