import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** Chromium's names on the PATH. */
const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'microsoft-edge'];

/** Where it is on systems that don't use the PATH. */
const places: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
    (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
  ),
  win32: ['C:\\Program Files', 'C:\\Program Files (x86)'].flatMap((folder) => [
    `${folder}\\Google\\Chrome\\Application\\chrome.exe`,
    `${folder}\\Microsoft\\Edge\\Application\\msedge.exe`,
  ]),
};

/**
 * Finds a Chromium: the one in `CHROME_PATH`, or an installed one, or Playwright's, or (on Linux) the one in the
 * package `@sparticuz/chromium`. Throws an error that says how to get one.
 */
export async function findChromium(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const { CHROME_PATH: named = '', PATH: path = '' } = env;
  if (named !== '' && existsSync(named)) return named;
  if (named !== '') throw new Error(`CHROME_PATH names ${named}, which doesn't exist.`);
  const byName = path.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const installed = [...byName, ...(places[process.platform] ?? []), playwrightsOwn()].find(existsSync);
  return installed ?? unpackChromium();
}

/** Where Playwright's would be; '' on systems that it doesn't support. */
function playwrightsOwn(): string {
  try {
    return chromium.executablePath();
  } catch {
    return '';
  }
}

async function unpackChromium(): Promise<string> {
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    if (process.platform === 'linux' && process.arch === 'x64') return await packed.executablePath();
  } catch (error) {
    throw new Error(howToGetOne, { cause: error });
  }
  throw new Error(howToGetOne);
}

const howToGetOne =
  'No Chromium found. Install Chrome or Chromium, or set CHROME_PATH to an existing one. ' +
  'Or let Playwright fetch its own: npx playwright-core install chromium';

/** Starts a Chromium without a window. */
export function launchChromium(executablePath: string): Promise<Browser> {
  // Makes text and pixels the same on every screen.
  return chromium.launch({ executablePath, args: ['--font-render-hinting=none', '--force-color-profile=srgb'] });
}
