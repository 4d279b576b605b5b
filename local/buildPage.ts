// `npm run build:page`, and wrangler by itself before it serves or deploys: the status page as static files.
import { build } from 'esbuild';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

const PROJECT = join(import.meta.dirname, '..');
const SOURCE = join(PROJECT, 'page');

/** Where wrangler.toml takes the static files from. */
const PAGE_FOLDER = join(PROJECT, '.local', 'page');

/** Bundles the page and puts its files into the folder, and nothing else; builds at the same time do no harm. */
export async function buildPage(folder = PAGE_FOLDER): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [
      { in: join(SOURCE, 'main.tsx'), out: 'app' },
      { in: join(SOURCE, 'page.css'), out: 'app' },
    ],
    outdir: folder,
    bundle: true,
    // The plot comes when it is shown.
    splitting: true,
    chunkNames: '[name]',
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  for (const name of ['index.html', '_headers']) files.set(name, readFileSync(join(SOURCE, name)));

  mkdirSync(folder, { recursive: true });
  for (const [name, contents] of files) replaceFile(folder, name, contents);
  for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name), { force: true });
}

/** In one move, so that nobody reads half a file. What is the same stays untouched: `wrangler dev` reloads on a change. */
function replaceFile(folder: string, name: string, contents: Uint8Array): void {
  const path = join(folder, name);
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  // Beside the folder, for wrangler takes whatever is in it.
  const temporary = `${folder}-${process.pid}-${name}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

if (process.argv[1] === import.meta.filename) {
  await buildPage();
  console.log(`The page is in ${relative(PROJECT, PAGE_FOLDER)}.`);
}
