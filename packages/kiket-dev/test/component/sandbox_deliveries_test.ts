import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { kiketRetryDelaysMs } from '../../src/sandbox/queue.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { eventually } from '../support/eventually.ts';
import { defer } from '../../../kiket-express/test/support/defer.ts';
import { mira, rootWith, startGuarded, startStubbed, type StubAnswer } from '../support/sandbox.ts';

const created = { issue: { title: 'One more', project_key: 'ORD' }, as: mira };

/** Answers one after the other, the last one for ever. */
function inTurn(...answers: StubAnswer[]): () => StubAnswer {
  let next = 0;
  return () => {
    const answer = answers[Math.min(next, answers.length - 1)] ?? [200, {}];
    next += 1;
    return answer;
  };
}

describe('a delivery in the background', () => {
  const hang: StubAnswer = () => {};
  const cut: StubAnswer = (response) => void response.socket?.destroy();

  test.each<[string, StubAnswer, number | null]>([
    ['500', [500, ''], 500],
    ['503', [503, ''], 503],
    ['429', [429, ''], 429],
    ['no answer in time', hang, null],
    ['a connection that breaks', cut, null],
  ])('is made again after %s, until it is taken', async (_what, failure, status) => {
    const options = failure === hang ? { root: rootWith({}, 1_000) } : {};
    const { sandbox } = await startStubbed(inTurn(failure, failure, [200, {}]), options);
    await sandbox.createIssue(created);
    await sandbox.drain();
    const [delivery] = await sandbox.deliveries();
    expect(delivery?.state).toBe('delivered');
    expect(delivery?.attempts.map((attempt) => [attempt.number, attempt.status])).toEqual([
      [1, status],
      [2, status],
      [3, 200],
    ]);
  });

  test.each([302, 400, 401, 404, 409, 422])('is given up after %i', async (status) => {
    const { sandbox, received } = await startStubbed(() => [status, '']);
    await sandbox.createIssue(created);
    await sandbox.drain();
    const [delivery] = await sandbox.deliveries();
    expect([delivery?.state, received.length]).toEqual(['failed', 1]);
  });

  test('keeps its id and its content over all attempts, with a token, a time and an invocation of its own each', async () => {
    let now = new Date('2026-03-02T12:00:00Z');
    const options = { clock: () => (now = new Date(now.getTime() + 1000)) };
    const { sandbox, received } = await startStubbed(inTurn([500, ''], [500, ''], [200, {}]), options);
    await sandbox.createIssue(created);
    await sandbox.drain();
    const different = (values: unknown[]) => new Set(values).size;
    expect(received).toHaveLength(3);
    expect(different(received.map(({ headers }) => headers['x-kiket-delivery']))).toBe(1);
    expect(different(received.map(({ body }) => body.id))).toBe(1);
    expect(different(received.map(({ body }) => body['occurred_at']))).toBe(1);
    expect(different(received.map(({ headers }) => headers['x-kiket-invocation']))).toBe(3);
    expect(different(received.map(({ headers }) => headers['x-kiket-timestamp']))).toBe(3);
    expect(different(received.map(({ body }) => body.authentication.runtime_token))).toBe(3);
  });

  test('is tried again as late as Kiket does: six times, over ten and a half hours, for which nobody waits', async () => {
    expect(kiketRetryDelaysMs).toEqual([30_000, 60_000, 300_000, 1_800_000, 7_200_000, 28_800_000]);
    const { sandbox } = await startStubbed(() => [500, ''], { retryDelaysMs: kiketRetryDelaysMs });
    const before = Date.now();
    await sandbox.createIssue(created);
    await sandbox.finishDue();
    const [delivery] = await sandbox.deliveries();
    expect([delivery?.state, delivery?.attempts.length]).toEqual(['waiting', 1]);
    const dueInMs = new Date(delivery?.next_attempt_at ?? 0).getTime() - before;
    expect(dueInMs).toBeGreaterThanOrEqual(30_000);
    expect(dueInMs).toBeLessThan(60_000);
  });

  test('is made after a restart if it was waiting', async () => {
    const database = join(temporaryFolder(), 'sandbox.db');
    const first = await startStubbed(() => [500, ''], { database, retryDelaysMs: [60_000] });
    await first.sandbox.createIssue(created);
    await eventually(async () => {
      const [delivery] = await first.sandbox.deliveries();
      expect([delivery?.state, delivery?.attempts.length]).toEqual(['waiting', 1]);
    });
    await first.sandbox.close();

    const later = new Date(Date.now() + 120_000);
    vi.useFakeTimers({ now: later, toFake: ['Date'] });
    try {
      const second = await startStubbed(() => [200, {}], { database });
      await eventually(async () => expect((await second.sandbox.deliveries())[0]?.state).toBe('delivered'));
      const [delivery] = await second.sandbox.deliveries();
      expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 200]);
    } finally {
      vi.useRealTimers();
    }
  });
});

test('a delivery that cannot even be sent fails with a reason, and the sandbox goes on', async () => {
  const { sandbox, url } = await startStubbed(() => [500, ''], { retryDelaysMs: [50] });
  await sandbox.createIssue(created);
  await sandbox.finishDue();
  sandbox.connect('nowhere');
  await sandbox.drain();
  const [delivery] = await sandbox.deliveries();
  expect([delivery?.state, delivery?.attempts.map(({ status, error }) => [status, error])]).toEqual([
    'failed',
    [
      [500, null],
      [null, "The sandbox couldn't send it: Invalid URL"],
    ],
  ]);
  sandbox.connect(url);
  expect((await sandbox.board()).issues.length).toBeGreaterThan(5);
});

test('the newest delivery is listed first, also after a clock was set back', async () => {
  const { sandbox } = await startStubbed(() => [200, {}]);
  await sandbox.faults.set({ clock_skew: 400 });
  await sandbox.createIssue(created);
  await sandbox.faults.reset();
  await sandbox.transition('ORD-42', { to: 'backlog', as: mira });
  await sandbox.drain();
  const events = (await sandbox.deliveries()).map(({ event }) => event);
  expect(events).toEqual(['workflow.after_transition', 'workflow.before_transition', 'issue.created']);
});

describe('a redelivery by hand', () => {
  const statusesOf = async (sandbox: Sandbox) => {
    const [delivery] = await sandbox.deliveries();
    return [delivery?.state, delivery?.attempts.map(({ status }) => status)];
  };

  async function startWaiting(retryDelaysMs: number[], ...answers: StubAnswer[]) {
    const { sandbox } = await startStubbed(inTurn(...answers), { retryDelaysMs });
    await sandbox.createIssue(created);
    await sandbox.finishDue();
    const [{ id } = { id: '' }] = await sandbox.deliveries();
    return { sandbox, id };
  }

  test('of what waits for a retry is made at once, and ends the waiting', async () => {
    const { sandbox, id } = await startWaiting([600_000], [500, ''], [200, {}]);
    expect(await sandbox.redeliver(id)).toMatchObject({ state: 'delivered', next_attempt_at: null });
    await sandbox.drain();
    expect(await statusesOf(sandbox)).toEqual(['delivered', [500, 200]]);
  });

  test('that fails uses up none of the retries', async () => {
    const { sandbox, id } = await startWaiting([150, 150], [500, '']);
    const due = (await sandbox.delivery(id)).next_attempt_at;
    expect(await sandbox.redeliver(id)).toMatchObject({ state: 'waiting', next_attempt_at: due });
    await sandbox.drain();
    expect(await statusesOf(sandbox)).toEqual(['failed', [500, 500, 500, 500]]);
  });

  test('of what is on its way comes after it', async () => {
    const arrived = defer();
    const slow = defer();
    const first: StubAnswer = (response) => {
      arrived.resolve();
      void slow.promise.then(() => response.end('{}'));
    };
    const { sandbox } = await startStubbed(inTurn(first, [204, '']), { root: rootWith({ hooks: ['issue.created'] }) });
    await sandbox.createIssue(created);
    await arrived.promise;
    const [{ id } = { id: '' }] = await sandbox.deliveries();
    const again = sandbox.redeliver(id);
    slow.resolve();
    expect((await again).attempts.map(({ number, status }) => [number, status])).toEqual([
      [1, 200],
      [2, 204],
    ]);
  });

  test('has the same id, and takes effect once', async () => {
    const sandbox = await startGuarded();
    const { delivery } = await sandbox.act('approve_transition', { issue: 'ORD-43', as: mira });
    const again = await sandbox.redeliver(delivery);
    const [first, second] = again.attempts;
    expect(again.attempts).toHaveLength(2);
    expect([second?.status, second?.answer]).toEqual([200, first?.answer]);
    expect(second?.headers['X-Kiket-Delivery']).toBe(first?.headers['X-Kiket-Delivery']);
    expect(second?.body).not.toBe(first?.body);
  });

  test('of a guard moves nothing', async () => {
    const { sandbox } = await startStubbed(inTurn([200, { status: 'deny' }], [200, { status: 'allow' }]));
    const { deliveries } = await sandbox.transition('ORD-42', { to: 'done', as: mira });
    const again = await sandbox.redeliver(deliveries[0] ?? '');
    expect(again.attempts.map(({ answer }) => answer)).toEqual(['{"status":"deny"}', '{"status":"allow"}']);
    expect((await sandbox.issue('ORD-42')).status).toBe('review');
  });

  test('of what was never delivered is refused', async () => {
    const { sandbox } = await startStubbed(() => [200, {}]);
    await expect(sandbox.redeliver('dlv_x')).rejects.toMatchObject({ status: 404, code: 'DELIVERY_NOT_FOUND' });
  });
});

test('an edited delivery is one of its own, with a token that is valid', async () => {
  const sandbox = await startGuarded();
  const { deliveries } = await sandbox.transition('ORD-42', { to: 'done', as: mira });
  const { content, attempts } = await sandbox.delivery(deliveries[0] ?? '');
  const issue = { ...(content['issue'] as object), assignee_id: 23 };
  const authentication = { runtime_token: 'rt_of_yesterday' };
  const edited = await sandbox.sendEdited(deliveries[0] ?? '', { ...content, id: 'evt_edited', issue, authentication });
  expect(edited.id).not.toBe(deliveries[0]);
  expect(JSON.parse(edited.attempts[0]?.answer ?? '')).toMatchObject({ status: 'pending' });
  expect(JSON.parse(attempts[0]?.answer ?? '')).toMatchObject({ status: 'deny' });
  expect(JSON.parse(edited.attempts[0]?.body ?? '')).toMatchObject({
    id: 'evt_edited',
    issue: { assignee_id: 23 },
    authentication: { runtime_token: expect.not.stringContaining('yesterday') as string },
  });
});

test('state that is kept in a file is there after a restart', async () => {
  const database = join(temporaryFolder(), 'sandbox.db');
  const first = await createSandbox({ root: projectRoot, database });
  first.connect('http://127.0.0.1:1/webhook');
  await first.changeIssue('ORD-42', { issue: { labels: ['kept'], custom_fields: { risk: 'low' } } });
  await first.faults.set({ latency: 5 });
  await first.close();
  const second = await createSandbox({ root: projectRoot, database });
  const { labels, custom_fields: customFields } = await second.issue('ORD-42');
  expect([labels, customFields, second.faults.current().latency]).toEqual([['kept'], { risk: 'low' }, 5]);
  await second.reset();
  const issue = await second.issue('ORD-42');
  expect([issue.labels, issue.custom_fields, second.faults.current().latency]).toEqual([['invoices'], {}, 0]);
  await second.close();
});
