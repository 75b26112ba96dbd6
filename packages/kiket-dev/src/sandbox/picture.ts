// npm run picture: makes docs/board.png and docs/board-dark.png, the pictures of the board for the README.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page, Route } from 'playwright-core';
import { command, isStarted, runScript, type Io } from '../commandLine.ts';
import { projectRoot } from '../../../kiket-express/src/server/setup.ts';
import { startServer } from '../../../kiket-express/src/server/server.ts';
import type { Delivery } from './deliveryLog.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

const help = `Makes the pictures of the board for the README, board.png and board-dark.png, from a story of its own.

  npm run picture

  --to FOLDER   where they are put (docs/)
  --help        prints this
`;

/** `npm run picture` */
export const main = command(async (argv, { stdout, env, cwd }) => {
  const { values } = parseArgs({
    args: [...argv],
    options: { help: { type: 'boolean' }, to: { type: 'string', default: join(projectRoot, 'docs') } },
  });
  if (values.help === true) stdout.write(help);
  else await makePictures(resolve(cwd, values.to), env);
});
if (isStarted(import.meta.url)) await runScript(main);

async function makePictures(folder: string, env: Io['env']): Promise<void> {
  const sandbox = await createSandbox();
  const server = await startServer({
    DATABASE_URL: 'file::memory:',
    HOST: '127.0.0.1',
    KIKET_BASE_URL: sandbox.url,
    KIKET_WEBHOOK_SECRET: sandbox.secret,
    LOG_LEVEL: 'silent',
    PORT: '0',
  });
  sandbox.connect(`http://127.0.0.1:${server.port}/webhook`);
  // Loaded when it is used: it takes its time.
  const { findChromium, launchChromium } = await import('./chromium.ts');
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
  await page.route('**/sandbox/api/deliveries**', evenTimes);
  await page.goto(url);
  await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
  await page.getByRole('menuitem', { name: 'Done' }).click();
  await settled(page);
  await page.screenshot({ path });
  await context.close();
}

/** Nothing is asked any more, nothing has the focus, nothing is pointed at, and all of it is drawn. */
async function settled(page: Page): Promise<void> {
  await page.locator('.answer[data-status=deny] .reasons').waitFor();
  await page.locator('.guards .reasons').waitFor();
  await page.locator('[data-delivery] [data-status=deny]').waitFor();
  await page.getByText('live', { exact: true }).waitFor();
  await page.waitForLoadState('networkidle');
  await page.mouse.move(0, 0);
  await page.evaluate('document.activeElement.blur()');
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}

/** Lets the deliveries of an event have taken the same time whenever the picture is made. */
async function evenTimes(route: Route): Promise<void> {
  const response = await route.fetch();
  const answer = (await response.json()) as Delivery | Delivery[];
  for (const { event, attempts } of [answer].flat()) {
    for (const attempt of attempts) attempt.milliseconds = event.length / 4;
  }
  await route.fulfill({ response, json: answer });
}
