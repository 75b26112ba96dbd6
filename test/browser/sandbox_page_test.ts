import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answer, card, cardIn, eventually, openBoard, openPage, violations } from '../support/sandboxBoard.ts';
import { mira, noor } from '../support/sandbox.ts';

/** Everything that can be seen on the page, and the way there. */
const views: Record<string, (page: Page) => Promise<void>> = {
  'the board': async () => {},
  'a refused move': async (page) => {
    await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
    await page.getByRole('menuitem', { name: 'Done' }).click();
    await answer(page).locator('.reasons').waitFor();
  },
  'a card that is carried': async (page) => {
    await card(page, 'ORD-42').locator('.face').press('Space');
    await page.keyboard.press('ArrowRight');
    await cardIn(page, 'Done', 'ORD-42').waitFor();
  },
  'an issue that is done, and an action with data': async (page) => {
    await card(page, 'ORD-43').locator('.face').click();
    await page.getByText('Written about it').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('report orders');
    await page.keyboard.press('Enter');
    await page.getByText('Last 7 days:').first().waitFor();
    await page.getByText('Data', { exact: true }).click();
  },
  'the menu of a card': async (page) => {
    await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
    await page.getByRole('menu').waitFor();
  },
  'the palette': async (page) => {
    await page.getByRole('button', { name: 'Commands' }).click();
    await page.getByRole('combobox', { name: 'Command' }).fill('move');
  },
  'the palette, with nothing found': async (page) => {
    await page.getByRole('button', { name: 'Commands' }).click();
    await page.getByRole('combobox', { name: 'Command' }).fill('nonsense');
  },
  'a delivery with its tools': async (page) => {
    await page.locator('[data-delivery]').first().click();
    await page.getByText('Edit and send').click();
    await page.getByText('Save as replay').click();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByLabel('Command', { exact: true }).waitFor();
  },
  'the faults': async (page) => {
    await page.locator('.faults summary').click();
    await page.locator('#fault-wrong_secret').check();
    await page.getByRole('button', { name: '1 fault is on' }).waitFor();
  },
  'the question whether to begin anew': async (page) => page.getByRole('button', { name: 'Begin anew' }).click(),
  'a new issue': async (page) => page.getByRole('button', { name: 'New issue' }).click(),
  'the fields of an issue': async (page) => page.getByRole('button', { name: 'Edit', exact: true }).click(),
};

/** A board with something of everything on it. */
async function openFullBoard(context: NonNullable<Parameters<typeof openPage>[1]>['context']) {
  const opened = await openBoard({ context: context ?? {} });
  const { sandbox, page } = opened;
  await sandbox.transition('ORD-43', { to: 'done', as: mira });
  await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor });
  await sandbox.transition('ORD-42', { to: 'in_progress', as: noor });
  await sandbox.transition('ORD-42', { to: 'review', as: noor });
  await sandbox.drain();
  await cardIn(page, 'Done', 'ORD-43').waitFor();
  await page.locator('.guards .reasons').waitFor();
  return opened;
}

describe.each(Object.entries(views))('%s', (_name, show) => {
  test('is found faultless by axe, light and dark', async () => {
    const { page } = await openFullBoard({});
    await show(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, await violations(page)]).toEqual([colorScheme, []]);
    }
  });

  test('is seen without scrolling sideways, from 320 pixels to wide', async () => {
    const { page } = await openFullBoard({});
    for (const width of [320, 768, 1280, 2400]) {
      await page.setViewportSize({ width, height: 800 });
      await page.reload();
      await page.locator('.guards .reasons').waitFor();
      await show(page);
      const hidden = await page.evaluate<string[]>(`
        [document.documentElement, ...document.querySelectorAll('dialog, [popover], .panel, .board, .rows, pre')]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map(({ localName, className }) => localName + '.' + className)
      `);
      expect([width, hidden]).toEqual([width, []]);
    }
  });
});

test('a laptop shows the board, the guards and the deliveries at one glance', async () => {
  const { page } = await openFullBoard({ viewport: { width: 1280, height: 800 } });
  for (const seen of ['.columns', '.guards .reasons li:last-child', '.deliveries [data-delivery]', '.faults summary']) {
    const { y = 800, height = 0 } = (await page.locator(seen).first().boundingBox()) ?? {};
    expect([seen, y + height <= 800]).toEqual([seen, true]);
  }
});

test.each([
  ['on a phone', 320, 640],
  ['beside the faults', 1280, 700],
])('what came of a move is seen %s, wherever one has scrolled', async (_where, width, height) => {
  const { page } = await openBoard({ context: { viewport: { width, height } } });
  await page.locator('.faults summary').click();
  await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
  await page.getByRole('menuitem', { name: 'Done' }).click();
  await answer(page).getByText('Mira moves ORD-42 to Done').waitFor();
  const seen = await page.evaluate(`
    const { left, bottom } = document.querySelector('.answer .reasons').getBoundingClientRect();
    document.elementFromPoint(left + 1, bottom - 1)?.closest('.reasons')?.parentElement.className;
  `);
  expect(seen).toBe('panel answer');
});

test('names are broken between their parts alone on a phone', async () => {
  const { page } = await openFullBoard({ viewport: { width: 320, height: 640 } });
  /** Words of these elements that stand on more than one line. */
  const broken = (selector: string) =>
    page.evaluate<string[]>(`
      [...document.querySelectorAll(${JSON.stringify(selector)})].flatMap((element) => [...element.childNodes])
        .filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '')
        .filter((node) => {
          const range = document.createRange();
          range.selectNodeContents(node);
          return new Set([...range.getClientRects()].map(({ top }) => top)).size > 1;
        })
        .map(({ textContent }) => textContent)
    `);
  await page.locator('[data-delivery]', { hasText: 'workflow.before_transition' }).first().click();
  await page.getByRole('dialog', { name: 'workflow.before_transition', exact: true }).waitFor();
  expect(await broken('#dialog-title')).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('option').first().waitFor();
  expect(await broken('.palette .quiet')).toEqual([]);
});

test.each([620, 800, 1000, 1280])('at %i pixels who one is and what one can do stand in one line', async (width) => {
  const { page } = await openBoard({ context: { viewport: { width, height: 800 } } });
  const middle = async (selector: string) => {
    const { y = 0, height = 0 } = (await page.locator(selector).boundingBox()) ?? {};
    return Math.round(y + height / 2);
  };
  expect(await middle('.people .segments')).toBe(await middle('.palette-button'));
});

test('what is chosen is seen where the system chooses the colours', async () => {
  const { page } = await openBoard({ context: { forcedColors: 'active' } });
  await page.getByRole('button', { name: 'Commands' }).click();
  const colours = await page.evaluate<string[][]>(`
    [
      ['.people input:checked + span', '.people input:not(:checked) + span'],
      ['.guards [aria-pressed=true]', '.guards [aria-pressed=false]'],
      ['.palette [aria-selected=true]', '.palette [aria-selected=false]'],
    ].map((pair) => pair.map((selector) => getComputedStyle(document.querySelector(selector)).color))
  `);
  for (const [chosen, other] of colours) expect(chosen).not.toBe(other);
  const width = (key: string) => card(page, key).evaluate((element) => element.clientLeft);
  expect(await width('ORD-42')).toBeGreaterThan(await width('ORD-43'));
  expect(await violations(page)).toEqual([]);
});

test('the page is small, comes from the sandbox alone, and is there without any other network', async () => {
  const { page, sandbox } = await openBoard();
  await page.locator('.guards .reasons').waitFor();
  const loaded = await page.evaluate<{ url: string; bytes: number }[]>(`
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .map(({ name, decodedBodySize }) => ({ url: name, bytes: decodedBodySize }))
  `);
  expect(loaded.map(({ url }) => url)).toContain(`${sandbox.url}/node_modules/lit-html/lit-html.js`);
  expect(loaded.filter(({ url }) => !url.startsWith(`${sandbox.url}/`))).toEqual([]);
  expect(loaded.filter(({ url }) => !url.includes('/sandbox/api/')).length).toBeLessThan(50);
  expect(loaded.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(150_000);
});

test('all that the page does works without any other network', async () => {
  const { page, sandbox } = await openBoard();
  const asked = new Set<string>();
  await page.context().route('**', async (route) => {
    const { origin } = new URL(route.request().url());
    asked.add(origin);
    await (origin === sandbox.url ? route.continue() : route.abort('internetdisconnected'));
  });
  await page.reload();
  await page.locator('.guards .reasons').waitFor();
  for (const [name, show] of Object.entries(views)) {
    if (name.includes('issue that is done')) continue;
    await show(page);
    await page.reload();
    await page.locator('.guards .reasons').waitFor();
  }
  expect([...asked]).toEqual([sandbox.url]);
});

test('nothing in the page runs but its own files: an inline script and a style attribute are refused', async () => {
  const { page } = await openBoard({ complaints: /Content Security Policy/ });
  await page.evaluate(`
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.head.append(script);
    document.body.setAttribute('style', 'opacity: 0.5');
  `);
  expect(await page.evaluate('[window.ran, getComputedStyle(document.body).opacity]')).toEqual([undefined, '1']);
});

test('what an issue is called is text and nothing else', async () => {
  const { page, sandbox } = await openBoard();
  const title = '<img src=x onerror="window.ran = true"> & <b>bold</b>';
  await sandbox.changeIssue('ORD-42', { issue: { title, labels: ['<script>'] }, as: mira });
  await eventually(async () => expect(await card(page, 'ORD-42').locator('.title').innerText()).toBe(title));
  expect(await page.evaluate('window.ran')).toBe(undefined);
});

describe('the palette', () => {
  test('finds what is typed, goes along with the arrows and gives the keyboard back', async () => {
    const { page, logged } = await openBoard();
    await page.getByRole('button', { name: 'New issue' }).focus();
    await page.keyboard.press('Meta+k');
    const palette = page.getByRole('dialog', { name: 'Commands' });
    const input = palette.getByRole('combobox', { name: 'Command' });
    await input.fill('ORD-42 move to');
    expect(await palette.getByRole('option').allInnerTexts()).toEqual([
      expect.stringContaining('Move to Backlog'),
      expect.stringContaining('Move to In progress'),
      expect.stringContaining('Move to Done'),
    ]);
    await page.keyboard.press('ArrowUp');
    expect(await palette.getByRole('option', { selected: true }).innerText()).toContain('Move to Done');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('button', { name: 'New issue' }).evaluate((button) => button.matches(':focus'))).toBe(
      true,
    );
    await page.keyboard.press('Control+k');
    await palette.locator('input:focus').waitFor();
    await page.keyboard.type('guardian report operations');
    await page.keyboard.press('Enter');
    await answer(page).getByText('Mira: Guardian report (OPS)').waitFor();
    await answer(page).getByText('Last 7 days: 0 allowed, 0 pending, 0 denied.').waitFor();
    await answer(page).getByText('Data').click();
    expect(await answer(page).locator('pre').innerText()).toContain('"deny": 0');
    expect(logged()).toContainEqual(
      expect.objectContaining({ event: 'action:guardian_report', outcome: 'success', httpStatus: 200 }),
    );
  });

  test('offers the actions that the manifest has, and so does the menu of a card', async () => {
    const { page, sandbox } = await openBoard();
    const labelsFor = (scope: string) =>
      sandbox.extension.actions.filter(({ scopes }) => scopes.includes(scope)).map(({ label }) => label);
    await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
    const items = await page.getByRole('group', { name: 'Actions' }).getByRole('menuitem').allInnerTexts();
    expect(items).toEqual(labelsFor('issue'));
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    const options = (await page.getByRole('dialog').getByRole('option').allInnerTexts()).map((text) =>
      text.split('\n')[0]?.trim(),
    );
    expect(options).toEqual(expect.arrayContaining([...labelsFor('issue'), ...labelsFor('project')]));
  });

  test('makes an issue, and the guardian comments what it will need', async () => {
    const { page, sandbox } = await openBoard();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('new issue');
    await page.keyboard.press('Enter');
    await page.getByLabel('Title').fill('Import bank statements');
    await page.keyboard.press('Enter');
    await cardIn(page, 'Backlog', 'ORD-46').waitFor();
    await page.getByText(/^The extension comments:/).waitFor();
    expect((await sandbox.issue('ORD-46')).comments).toHaveLength(1);
  });
});

test('who one is and what one looks at stays when the page is loaded anew', async () => {
  const { page } = await openBoard();
  await page.getByText('Sam', { exact: true }).first().click();
  await card(page, 'ORD-44').locator('.face').click();
  await page.reload();
  await page.getByText('May Sam move it to').waitFor();
  expect(await page.locator('#issue-title').innerText()).toContain('ORD-44');

  await page.getByRole('button', { name: 'Operations' }).click();
  await card(page, 'OPS-1').locator('.face').click();
  await page.reload();
  await cardIn(page, 'Review', 'OPS-1').waitFor();
  expect(await page.locator('#issue-title').innerText()).toContain('OPS-1');
});

test('a page on another port of this machine can read nothing, do nothing and frame nothing', async () => {
  const { sandbox } = await openBoard();
  await sandbox.changeIssue('ORD-42', { issue: { title: 'Changed' } });
  const evil = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<body>evil'));
  await new Promise<void>((resolve) => {
    evil.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void evil.close());
  const { port } = evil.address() as AddressInfo;
  const foreign = await (await openPage(sandbox.url)).context().newPage();
  await foreign.goto(`http://127.0.0.1:${port}/`);
  const tried = await foreign.evaluate<string[]>(`(async () => {
    const url = ${JSON.stringify(sandbox.url)};
    const told = (work) => work.then((value) => String(value), () => 'refused');
    const loads = (name, attributes) => new Promise((resolve) => {
      const element = Object.assign(document.createElement(name), attributes);
      element.addEventListener('load', () => resolve(name + ' loaded'));
      element.addEventListener('error', () => resolve('refused'));
      document.body.append(element);
    });
    const form = Object.assign(document.createElement('form'), { action: url + '/sandbox/api/reset', method: 'post', target: 'frame' });
    const frame = Object.assign(document.createElement('iframe'), { name: 'frame' });
    document.body.append(frame, form);
    form.submit();
    const stream = new EventSource(url + '/sandbox/api/events');
    return Promise.all([
      told(fetch(url + '/sandbox/api/board').then((response) => response.text())),
      told(fetch(url + '/sandbox/api/reset', { method: 'POST', mode: 'no-cors' }).then((response) => response.type)),
      told(fetch(url + '/sandbox/api/issues/ORD-42', { method: 'PATCH', body: '{}', headers: { 'Content-Type': 'application/json' } })),
      loads('script', { src: url + '/sandbox/page/main.js' }),
      loads('img', { src: url + '/sandbox/page/icon.svg' }),
      new Promise((resolve) => {
        stream.addEventListener('open', () => resolve('stream open'));
        stream.addEventListener('error', () => resolve('refused'));
      }),
    ]);
  })()`);
  expect(tried).toEqual(tried.map(() => 'refused'));
  await foreign.evaluate(
    `document.body.append(Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(sandbox.url)}, name: 'framed' }))`,
  );
  await eventually(() => expect(foreign.frame('framed')?.url()).toMatch(/^chrome-error:/));
  expect((await sandbox.issue('ORD-42')).title).toBe('Changed');

  await foreign.evaluate(
    `document.body.append(Object.assign(document.createElement('a'), { href: ${JSON.stringify(sandbox.url)}, textContent: 'Look' }))`,
  );
  await foreign.getByRole('link', { name: 'Look' }).click();
  await card(foreign, 'ORD-42').waitFor();
});

test('a name or another address that leads to this machine is not enough to see the page', async () => {
  const { sandbox, page } = await openBoard();
  const rebound = await page.context().newPage();
  const response = await rebound.goto(sandbox.url.replace('127.0.0.1', 'attacker.localhost'));
  expect(response?.status()).toBe(403);
  expect(await rebound.locator('body').innerText()).toContain('The sandbox answers this machine alone');
  await expect(rebound.goto(sandbox.url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow(/net::ERR_/);
});
