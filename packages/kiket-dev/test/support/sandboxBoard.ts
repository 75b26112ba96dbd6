import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, inject, onTestFinished, vi } from 'vitest';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { launchChromium } from '../../src/release/chromium.ts';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { startGuarded } from './sandbox.ts';

/** How long the page may take to show something, in milliseconds. */
const patienceMs = 15_000;

let browser: Promise<Browser> | undefined;

/** The browser of this test file; it ends with its worker. */
function sharedBrowser(): Promise<Browser> {
  browser ??= launchChromium(inject('chromiumPath'));
  return browser;
}

/** One line of the guardian's log about a delivery. */
export interface Logged {
  deliveryId: string;
  event: string;
  issue?: string;
  outcome: string;
  httpStatus: number;
}

/** How a board is opened. */
export interface BoardOptions {
  sandbox?: Partial<SandboxOptions>;
  /** Settings of the guardian, as the environment has them. */
  settings?: Record<string, string>;
  context?: BrowserContextOptions;
  /** What the browser may complain about, for a test of just that: it also says whatever the sandbox refuses. */
  complaints?: RegExp;
}

/** A sandbox, the guardian as it is shipped, and the page open in a browser. All end with the test. */
export async function openBoard({ sandbox: options = {}, settings = {}, ...rest }: BoardOptions = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const sandbox = await startGuarded(
    { retryDelaysMs: [], ...options },
    { ...settings, LOG_LEVEL: 'info' },
    destination,
  );
  const page = await openPage(sandbox.url, rest);
  const logged = () =>
    lines.map((line) => JSON.parse(line) as Logged & { msg: string }).filter(({ msg }) => msg === 'delivery');
  return { sandbox, page, logged };
}

/** A page of its own at a sandbox, with the board on it. A test fails if the browser complained. */
export async function openPage(
  url: string,
  { context = {}, complaints = /^$/ }: Pick<BoardOptions, 'context' | 'complaints'> = {},
): Promise<Page> {
  const opened = await (await sharedBrowser()).newContext({ reducedMotion: 'reduce', ...context });
  opened.setDefaultTimeout(patienceMs);
  const page = await opened.newPage();
  const complained: string[] = [];
  page.on('pageerror', ({ message }) => void complained.push(message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !complaints.test(message.text()))
      complained.push(message.text());
  });
  onTestFinished(async () => {
    await opened.close();
    expect(complained).toEqual([]);
  });
  await page.goto(url);
  await card(page, 'ORD-42').waitFor();
  return page;
}

/** Waits until an assertion holds, as long as the page may take to show something. */
export function eventually(assertion: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertion, { timeout: patienceMs, interval: 50 });
}

/** Waits until whatever has come in is drawn. */
export function drawn(page: Page): Promise<unknown> {
  return page.evaluate('new Promise((done) => setTimeout(() => requestAnimationFrame(done)))');
}

/** The card of an issue. */
export function card(page: Page, key: string): Locator {
  return page.locator(`[data-card="${key}"]`);
}

/** The card of an issue, if it is in a column. */
export function cardIn(page: Page, column: string, key: string): Locator {
  return page.getByRole('region', { name: column, exact: true }).locator(`[data-card="${key}"]`);
}

/** What happened when the last thing was done, as soon as that is known. */
export function result(page: Page): Locator {
  return page.locator('.results:not([data-status=asking])');
}

/** Chooses something in the menu of a card. */
export async function choose(page: Page, key: string, label: string): Promise<void> {
  await page.getByRole('button', { name: `Menu of ${key}` }).click();
  await page.locator(`#menu-${key}`).getByRole('button', { name: label, exact: true }).click();
}

/**
 * What axe finds wrong with the page as it is, one line each, and what it cannot tell. It never can which colour is below
 * something that lies over something else, and whether a sign such as ✕ is a word.
 */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate<string[]>(`
    axe.run(document).then(({ violations, incomplete }) =>
      [...violations, ...incomplete.filter(({ id }) => !['color-contrast', 'label-content-name-mismatch'].includes(id))].flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary].join(' '))))
  `);
}

/** Drags a card to a column with the mouse, in steps as a hand does. */
export async function drag(page: Page, key: string, column: string): Promise<void> {
  const from = await boxOf(card(page, key).locator('.title'));
  const to = await boxOf(page.getByRole('region', { name: column, exact: true }));
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

async function boxOf(locator: Locator): Promise<{ x: number; y: number }> {
  const { x, y, width, height } = (await locator.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  return { x: x + width / 2, y: y + height / 2 };
}

/** The rows of the list of deliveries, the newest first: event, issue, HTTP status and answer. */
export async function shownDeliveries(page: Page): Promise<string[]> {
  const rows = await page.locator('[data-delivery]').all();
  return Promise.all(
    rows.map(async (row) => {
      const cell = async (name: string) =>
        (await row.locator(`.${name}`).innerText()).replace(/^(?:\S (?=\w)|HTTP\s+)/, '').trim();
      return [await cell('event'), await cell('about'), await cell('http'), await cell('answer')].join(' ');
    }),
  );
}
