import { join } from 'node:path';
import { startServer } from 'kiket-express';
import type { Browser, Page } from 'playwright-core';
import type { Io } from '../commandLine.ts';
import { loadServed } from '../project.ts';
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { findChromium, launchChromium } from './chromium.ts';

/** Writes `board.png` and `board-dark.png` to a folder: the board of the project in `root`, with its own story. */
export async function makePictures(root: string, folder: string, env: Io['env']): Promise<void> {
  const sandbox = await createSandbox({ root });
  const server = await startServer(await loadServed(root), {
    DATABASE_URL: 'file::memory:',
    HOST: '127.0.0.1',
    KIKET_BASE_URL: sandbox.url,
    KIKET_WEBHOOK_SECRET: sandbox.secret,
    LOG_LEVEL: 'silent',
    PORT: '0',
  });
  sandbox.connect(`http://127.0.0.1:${server.port}/webhook`);
  const browser = await launchChromium(await findChromium(env));
  try {
    for (const [colorScheme, name] of [
      ['light', 'board.png'],
      ['dark', 'board-dark.png'],
    ] as const) {
      await playScene(sandbox);
      await photograph(browser, { url: sandbox.url, colorScheme, path: join(folder, name) });
    }
  } finally {
    await browser.close();
    await sandbox.close();
    await server.stop();
  }
}

interface Shot {
  url: string;
  colorScheme: 'light' | 'dark';
  path: string;
}

/** One issue is done, one waits for an approval, and ORD-42 is about to be refused. */
async function playScene({ reset, transition, act, createIssue, drain }: Sandbox): Promise<void> {
  const [mira, noor, sam] = ['mira@example.com', 'noor@example.com', 'sam@example.com'];
  await reset();
  await createIssue({ issue: { project_key: 'ORD', title: 'Import bank statements', labels: ['bank'] }, as: sam });
  await drain();
  await transition('ORD-44', { to: 'review', as: mira });
  await transition('ORD-44', { to: 'done', as: mira });
  await act('approve_transition', { issue: 'ORD-44', as: noor });
  await drain();
  await transition('ORD-43', { to: 'done', as: mira });
}

async function photograph(chromium: Browser, { url, colorScheme, path }: Shot): Promise<void> {
  const context = await chromium.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
  await page.getByRole('button', { name: 'Move to Done' }).first().click();
  await settled(page);
  await page.screenshot({ path });
  await context.close();
}

/** Waits until nothing is loading, focused or hovered, and everything is drawn. */
async function settled(page: Page): Promise<void> {
  await page.locator('.results[data-status=deny] .reasons').waitFor();
  await page.getByText('Same answer as above').waitFor();
  await page.locator('[data-delivery] [data-status=deny]').waitFor();
  await page.mouse.move(0, 0);
  // Durations differ each time, so they're replaced.
  await page.evaluate(`
    document.activeElement.blur();
    for (const time of document.querySelectorAll('[data-delivery] .time')) time.textContent = '7 ms';
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  `);
}
