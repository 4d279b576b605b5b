// Plain JavaScript that an old Node understands: `node local/preflight.mjs <file.ts> [arguments]` checks what the
// TypeScript needs, then runs it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// The first that runs TypeScript without a flag.
const LEAST_NODE = [22, 18];

const local = dirname(fileURLToPath(import.meta.url));
const project = dirname(local);

function giveUp(message) {
  console.error(message);
  process.exit(1);
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
}

/** The Node that came with the packages. Two publishers name theirs differently. */
function packagedNode() {
  const windows = process.platform === 'win32';
  const platform = `${windows ? 'win' : process.platform}-${process.arch}`;
  return [`node-${platform}`, `node-bin-${platform}`]
    .map((name) => join(project, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node'))
    .find((binary) => existsSync(binary));
}

function missingPackages() {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const names = Object.keys({ ...dependencies, ...devDependencies });
  return names.filter((name) => !existsSync(join(project, 'node_modules', name, 'package.json')));
}

/** Runs the same command on another Node, passing signals on, and ends as it ends. */
function runOn(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => giveUp(`${node} does not run (${error.message}): run \`npm ci\` again.`));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
}

async function run() {
  // npm writes this one last.
  if (!existsSync(join(project, 'node_modules', '.package-lock.json'))) {
    giveUp(`node_modules is missing or was not installed to its end: run \`npm ci\` in ${project}.`);
  }
  const missing = missingPackages();
  if (missing.length > 0) {
    const first = missing.slice(0, 3).join(', ');
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
    giveUp(`node_modules is not complete (missing: ${first}${more}): run \`npm ci\` in ${project}.`);
  }
  if (!isNewEnough(process.versions.node)) {
    const node = packagedNode();
    if (node === undefined) {
      giveUp(`Node ${process.versions.node} is too old: install Node ${LEAST_NODE.join('.')} or later.`);
    }
    return runOn(node);
  }
  const [file, ...rest] = process.argv.slice(2);
  if (file === undefined || !existsSync(join(local, file))) {
    giveUp(`Name the file in local/ to run: node local/preflight.mjs start.ts`);
  }
  // As if the file itself had been started.
  process.argv = [process.argv[0], join(local, file), ...rest];
  await import(pathToFileURL(join(local, file)).href);
}

await run();
