// A real Chromium, which comes from a package with the libraries it needs.
import sparticuz, { inflate } from '@sparticuz/chromium';
import { join } from 'node:path';
import { chromium, type BrowserServer } from 'playwright-core';

/** A name that leads to 127.0.0.1, as an attacker can let a name of their own do. */
export const REBOUND_HOST = 'rebound.example';

const MISSING_SANDBOX = /sandbox/i;

/** Starts it; what the package unpacks goes to `folder`. Rejects with what to install where it can't run. */
export async function startChromium(folder: string): Promise<BrowserServer> {
  const own = process.env['CHROMIUM_PATH'];
  try {
    const executablePath = own ?? (await unpack(folder));
    const launch = (chromiumSandbox: boolean) =>
      chromium.launchServer({
        executablePath,
        chromiumSandbox,
        args: [`--host-resolver-rules=MAP ${REBOUND_HOST} 127.0.0.1`, '--font-render-hinting=none'],
        env: { ...process.env, TMPDIR: folder, ...(own ? {} : { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') }) },
      });
    // Chromium keeps no sandbox for root, and in many containers none for anybody.
    if (process.getuid?.() === 0) return await launch(false);
    return await launch(true).catch((error: Error) => {
      if (!MISSING_SANDBOX.test(error.message)) throw error;
      return launch(false);
    });
  } catch (error) {
    const [reason] = (error as Error).message.match(/error while loading[^\n]*|[^\n]+/) ?? [];
    throw new Error(
      `Chromium does not run here (${reason}): install the package "chromium" and set CHROMIUM_PATH to its program, such as /usr/bin/chromium.`,
      { cause: error },
    );
  }
}

/** The package unpacks to the folder for temporary files, which others share, and takes what it finds there for its own. */
async function unpack(folder: string): Promise<string> {
  const shared = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  // Both ask for the folder as they are called, not later.
  const libraries = inflate(join(import.meta.dirname, '../../node_modules/@sparticuz/chromium/bin/al2023.tar.br'));
  const executable = sparticuz.executablePath();
  if (shared === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = shared;
  await libraries;
  return executable;
}
