import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { faultsSchema, type Faults } from '../../src/sandbox/faults.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { choose, eventually, openBoard, result, shownDeliveries } from '../support/sandboxBoard.ts';

/** Sets a switch on the page as a person does, whichever kind it is. */
async function setFault(page: Page, name: string, value: string): Promise<void> {
  const faults = page.locator('.faults details');
  if ((await faults.getAttribute('open')) === null) await faults.locator('summary').click();
  const control = page.locator(`#fault-${name}`);
  const kind = await control.evaluate((element) => element.getAttribute('type') ?? element.localName);
  if (kind === 'select') await control.selectOption({ label: value });
  if (kind === 'number') await control.fill(value).then(() => control.press('Enter'));
  await page.locator(`.fault[data-on=true] #fault-${name}`).waitFor();
}

/** Moves a card with its menu, and waits for the result. */
async function move(page: Page, key: string, to: string): Promise<string> {
  await choose(page, key, `Move to ${to}`);
  await result(page)
    .getByText(new RegExp(`^${key} (?:stays in|moved to|waits to)`))
    .first()
    .waitFor();
  return result(page).innerText();
}

/** The body and the headers of the latest attempt, and its outcome in the log of the guardian. */
async function latestAttempt(sandbox: Sandbox) {
  const delivery = (await sandbox.deliveries()).find(({ event }) => event === 'workflow.before_transition');
  const { headers = {}, body = '{}', milliseconds = 0 } = delivery?.attempts.at(-1) ?? {};
  const { authentication } = JSON.parse(body) as { authentication: { runtime_token: string; expires_at: string } };
  return { headers, authentication, milliseconds };
}

type Attempt = Awaited<ReturnType<typeof latestAttempt>>;

const tried = new Set<string>();

describe('a delivery, with the switch set on the page,', () => {
  test.each<[keyof Faults, string, { row: string; logged: string; shown: RegExp }]>([
    ['error', 'once', { row: '500 failed', logged: 'allow', shown: /gave no decision: HTTP 500/ }],
    ['too_many', 'once', { row: '429 failed', logged: 'allow', shown: /gave no decision: HTTP 429/ }],
    ['drop', 'once', { row: 'none failed', logged: 'allow', shown: /gave no decision: The connection was cut/ }],
    ['wrong_secret', 'on', { row: '401 failed', logged: 'signature_mismatch', shown: /HTTP 401\. The signature/ }],
    [
      'clock_skew',
      '3600',
      { row: '401 failed', logged: 'timestamp_stale', shown: /HTTP 401\. The delivery was signed too/ },
    ],
  ])('%s is refused or lost, as the guardian logs it', async (name, value, { row, logged: outcome, shown }) => {
    tried.add(name);
    const { page, logged, sandbox } = await openBoard();
    await setFault(page, name, value);
    expect(await move(page, 'ORD-44', 'Review')).toMatch(shown);
    await eventually(async () =>
      expect(await shownDeliveries(page)).toEqual([`workflow.before_transition ORD-44 ${row}`]),
    );
    expect(logged().map((line) => line.outcome)).toContain(outcome);
    expect((await sandbox.issue('ORD-44')).status).toBe('in_progress');

    if (value !== 'once') await page.locator('.faults').getByRole('button', { name: 'Turn off all faults' }).click();
    await page.getByText('all off').waitFor();
    expect(await move(page, 'ORD-44', 'Review')).toContain('allow');
    await eventually(async () => expect((await shownDeliveries(page)).join()).toContain('ORD-44 200 allow'));
  });

  test.each<[keyof Faults, string, (attempt: Attempt) => unknown, unknown]>([
    ['latency', '300', ({ milliseconds }) => milliseconds >= 300, true],
    ['signature', 'A', ({ headers }) => Object.hasOwn(headers, 'X-Kiket-Timestamp'), false],
    ['signature', 'C', ({ headers }) => headers['X-Kiket-Signature']?.startsWith('sha256='), true],
    ['token', 'jwt', ({ authentication }) => authentication.runtime_token.split('.').length, 3],
  ])('%s %s is accepted anyway, and looks like that', async (name, value, look, expected) => {
    tried.add(name);
    const { page, logged, sandbox } = await openBoard();
    await setFault(page, name, value);
    await page.locator(`.fault[data-on=true] #fault-${name}`).waitFor();
    expect(await move(page, 'ORD-44', 'Review')).toContain('allow');
    expect(look(await latestAttempt(sandbox))).toBe(expected);
    await eventually(() => expect(logged().map(({ event }) => event)).toContain('workflow.after_transition'));
    expect(logged().find(({ event }) => event === 'workflow.before_transition')).toMatchObject({
      issue: 'ORD-44',
      outcome: 'allow',
    });
  });

  test('a refusal is called failed, even while the stream is being opened', async () => {
    const { page } = await openBoard();
    await setFault(page, 'wrong_secret', 'on');
    const answered = page.waitForResponse(/transition$/);
    await page.route(/\/events/, async (route) => {
      await answered;
      await route.continue();
    });
    expect(await move(page, 'ORD-44', 'Review')).toContain('failed');
  });

  test('an action that the guardian refuses says why', async () => {
    const { page } = await openBoard();
    await setFault(page, 'wrong_secret', 'on');
    await choose(page, 'ORD-44', 'Approve the next protected move');
    await result(page).getByText('Approve the next protected move · ORD-44').waitFor();
    expect(await result(page).innerText()).toMatch(/gave no result: HTTP 401\. The signature/);
  });

  test('expired_token has a token that no call is answered with', async () => {
    tried.add('expired_token');
    const { page, sandbox } = await openBoard();
    await setFault(page, 'expired_token', 'on');
    expect(await move(page, 'ORD-44', 'Review')).toContain('allow');
    const { authentication } = await latestAttempt(sandbox);
    expect(new Date(authentication.expires_at) < new Date()).toBe(true);
    const headers = { 'X-Kiket-Runtime-Token': authentication.runtime_token };
    expect((await fetch(`${sandbox.url}/api/v1/ext/issues/ORD-44`, { headers })).status).toBe(401);
  });
});

describe("Kiket's API, with the switch set on the page,", () => {
  /** Opens a board on which ORD-43 moves to done, so that the guardian calls back, with this switch set. */
  async function finishWith(name: keyof Faults, value: string) {
    tried.add(name);
    const opened = await openBoard();
    const { page, sandbox } = opened;
    await sandbox.act('approve_transition', { issue: 'ORD-43', as: 'noor@example.com' });
    await setFault(page, name, value);
    expect(await move(page, 'ORD-43', 'Done')).toContain('allow');
    const comments = async () => (await sandbox.issue('ORD-43')).comments.length;
    return { ...opened, comments };
  }

  test.each<[keyof Faults, string]>([
    ['api_error', 'always'],
    ['api_too_many', 'always'],
    ['api_drop', 'always'],
  ])('%s keeps the guardian from noting a move, until it is reported again', async (name, value) => {
    const { page, logged, comments } = await finishWith(name, value);
    const row = (http: number, state: string) => `workflow.after_transition ORD-43 ${http} ${state}`;
    await eventually(async () => expect(await shownDeliveries(page)).toContain(row(503, 'failed')));
    expect(logged()).toContainEqual(expect.objectContaining({ event: 'workflow.after_transition', httpStatus: 503 }));
    expect(await comments()).toBe(0);

    await page.locator('.faults').getByRole('button', { name: 'Turn off all faults' }).click();
    await page.getByText('all off').waitFor();
    await page.locator('[data-delivery]', { hasText: 'workflow.after_transition' }).click();
    await page.getByRole('button', { name: 'Redeliver' }).click();
    await page.getByRole('dialog').getByText('Sent again, with the same id.').waitFor();
    expect(await comments()).toBe(1);
    await eventually(async () => expect(await shownDeliveries(page)).toContain(row(200, 'success')));
  });

  test('api_lost does what it was asked, and the guardian does not do it twice', async () => {
    const { page, comments } = await finishWith('api_lost', 'once');
    await eventually(async () => expect(await comments()).toBe(1));
    await page.getByText('all off').waitFor();
    await page.locator('[data-delivery]', { hasText: 'workflow.after_transition' }).click();
    await page.getByRole('button', { name: 'Redeliver' }).click();
    await page.getByRole('dialog').getByText('Sent again, with the same id.').waitFor();
    expect(await comments()).toBe(1);
  });

  test('api_latency takes its time', async () => {
    const { page, sandbox } = await finishWith('api_latency', '400');
    await eventually(async () => {
      const after = (await sandbox.deliveries()).find(({ event }) => event === 'workflow.after_transition');
      expect(after?.attempts[0]?.milliseconds).toBeGreaterThanOrEqual(400);
    });
    await eventually(async () =>
      expect(await shownDeliveries(page)).toContain('workflow.after_transition ORD-43 200 success'),
    );
  });

  test.each<[keyof Faults, string, string, (answered: unknown) => unknown, unknown]>([
    ['error_shape', 'problem', '/ext/issues/ORD-1', (answered) => (answered as { status: number }).status, 404],
    [
      'secrets_shape',
      'keys',
      '/extensions/com.example.webhook-guardian/secrets',
      (answered) => Object.keys(answered as object),
      ['keys'],
    ],
  ])('%s %s answers in that shape', async (name, value, path, look, expected) => {
    tried.add(name);
    const { page, sandbox } = await openBoard();
    await setFault(page, name, value);
    const response = await fetch(`${sandbox.url}/api/v1${path}`, { headers: { 'X-Kiket-API-Key': sandbox.apiKey } });
    expect(look(await response.json())).toEqual(expected);
  });

  test('has no other switch, and neither has a delivery: these are all', () => {
    expect([...tried].toSorted()).toEqual(Object.keys(faultsSchema.shape).toSorted());
  });
});

test('what the sandbox counts down or somebody else switches, the page shows', async () => {
  const { page, sandbox } = await openBoard();
  await setFault(page, 'error', '2 times');
  await move(page, 'ORD-44', 'Review');
  await eventually(async () => expect(await page.locator('#fault-error').inputValue()).toBe('once'));
  await sandbox.faults.set({ error: false, wrong_secret: true });
  await page.locator('.fault[data-on=true] #fault-wrong_secret').waitFor();
  expect(await page.locator('#fault-wrong_secret').inputValue()).toBe('on');
});

test('a value that no switch takes is refused with a reason', async () => {
  const { page } = await openBoard({ complaints: /status of 422/ });
  await page.locator('.faults summary').click();
  await page.locator('#fault-latency').fill('99999');
  await page.locator('#fault-latency').press('Enter');
  await result(page).getByText('Invalid request: latency: Too big').waitFor();
  await eventually(async () => expect(await page.locator('#fault-latency').inputValue()).toBe('0'));
});

test('no fault strikes the question what each guard thinks', async () => {
  const { page, sandbox } = await openBoard();
  await setFault(page, 'error', 'once');
  await page.getByRole('group', { name: 'Next status' }).getByRole('button', { name: 'Backlog' }).click();
  await page.getByText('No guard objects.').waitFor();
  expect(sandbox.faults.current().error).toBe(1);
});

test('that all faults are off is announced to people who do not see it', async () => {
  const { page, sandbox } = await openBoard();
  await setFault(page, 'error', 'always');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('turn off all faults');
  await page.keyboard.press('Enter');
  await page.locator('[aria-live=polite]', { hasText: 'all off' }).waitFor();
  expect(sandbox.faults.current().error).toBe(false);
});
