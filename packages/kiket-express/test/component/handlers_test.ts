import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { success } from '../../src/extension/decision.ts';
import type { Delivery } from '../../src/delivery.ts';
import { DeliveryError, problems } from '../../src/errors.ts';
import type { Action, Listener } from '../../src/extension/extension.ts';
import { parseManifest } from '../../src/manifest/manifest.ts';
import { loadTestSetup } from '../../src/testing/kiket.ts';
import { extension, type FixtureSettings } from '../fixture/src/extension.ts';
import { project } from '../fixture/src/project.ts';
import { openMemoryStore } from '../support/memoryStore.ts';
import { defer } from '../support/defer.ts';
import { createGuardian, noon, type GuardianOptions } from '../support/guardian.ts';

const report = {
  action_key: 'guardian_report',
  organization_id: 3,
  context: { project: { id: 7, key: 'ORD' }, user: { id: 23, email: 'noor@example.com' } },
};

/** A guardian whose report does what the test wants. */
function withAction(action: Action<FixtureSettings>, options: GuardianOptions = {}) {
  return createGuardian({ extension: { ...extension, actions: { guardian_report: action } }, ...options });
}

describe('an action', () => {
  test('is the same by its key, as a command and at a path of its own', async () => {
    const { deliver } = await createGuardian();
    const { action_key: _key, ...parameters } = report;
    const presses: Parameters<typeof deliver>[] = [
      [report],
      [{ ...parameters, event: 'guardian.guardian_report' }],
      [parameters, '/webhooks/guardian.guardian_report'],
      [report, '/webhook', { 'X-Kiket-Event': 'extension.action' }],
    ];
    for (const press of presses) {
      const { status, body } = await deliver(...press);
      expect([status, body]).toMatchObject([200, { status: 'success', data: { allow: 0, pending: 0, deny: 0 } }]);
    }
  });

  test("is what a workflow's step runs, with the step's parameters", async () => {
    const step = `{ id: gate.send, handler: { type: extension_event, event: gate.workflowAction.send },
      parameters: [{ key: channel, type: string, label: Channel, required: true }, { key: text, type: string }] }`;
    const published = `extension: { id: a.b, version: 1.0.0, contributes: { workflow_actions: [${step}] } }`;
    const { commandEvents } = parseManifest(published, 'manifest.yaml');
    const send = ({ payload: { channel, text } }: Delivery) => success('Sent.', { channel, text });
    const manifest = { ...loadTestSetup(project).manifest, commandEvents };
    const { deliver } = await createGuardian({ manifest, extension: { ...extension, actions: { send } } });
    const parameters = { channel: '#ops', text: 'Shipped' };
    const body = { event: 'gate.workflowAction.send', ...parameters, secrets: {} };
    for (const path of ['/webhook', '/v/v1/webhooks/gate.workflowAction.send']) {
      const { status, body: answer } = await deliver(body, path);
      expect([status, answer]).toEqual([200, { status: 'success', message: 'Sent.', data: parameters }]);
    }
  });

  test.each([
    ['the same word', 'before'],
    ['words in one', 'beforeTransitio'],
    ['words', 'before '],
    ['names', 'workflow.before_'],
    ['accents', '\u0315\u0301\u0327'],
    ['zeros', '0'],
  ])('has parameters and headers of any length, and holds nobody up: %s again and again', async (_what, unit) => {
    const { deliver } = await createGuardian();
    const { action_key: _key, ...context } = report;
    const book = `${unit.repeat(Math.floor(400_000 / Buffer.byteLength(unit)))}x`;
    const before = process.cpuUsage();
    for (const parameter of ['type', 'id', 'timestamp', 'author', 'title', 'status', 'issue', 'project']) {
      const answer = await deliver({ ...context, event: 'guardian.guardian_report', [parameter]: book });
      expect([parameter, answer.status, answer.body]).toMatchObject([parameter, 200, { status: 'success' }]);
    }
    for (const name of ['X-Kiket-Organization', 'X-Kiket-Project', 'X-Kiket-Delivery', 'X-Kiket-Event-Version']) {
      for (let count = 0; count < 3; count += 1) {
        await deliver(report, '/webhook', { [name]: encodeURI(book).slice(0, 15_000) + 'x' });
      }
    }
    // Not time on the wall, of which a busy machine takes more.
    expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
  });

  test('answers with output fields, as a listener does', async () => {
    const sent = success('Ready.', { tried: 1 }, { outputFields: { inbound_url: 'https://kiket.dev/in/1' } });
    const { deliver } = await withAction(() => sent);
    const listeners = { 'issue.created': () => sent };
    const listening = await createGuardian({ extension: { ...extension, listeners } });
    const created = { event: 'issue.created', issue: { id: 42, organization_id: 3 } };
    for (const { body } of [await deliver(report), await listening.deliver(created)]) {
      expect(body).toEqual({
        status: 'success',
        message: 'Ready.',
        data: { tried: 1 },
        metadata: { output_fields: { inbound_url: 'https://kiket.dev/in/1' } },
      });
    }
  });

  test('that does not exist is an error that names those that do', async () => {
    const { deliver } = await createGuardian();
    const response = await deliver({ ...report, action_key: 'toString' });
    expect([response.status, response.body]).toEqual([
      200,
      {
        status: 'error',
        message:
          'Unknown action. Available: approve_transition, revoke_approval, explain_transition, guardian_report, override_transition.',
        data: { actions: Object.keys(extension.actions) },
      },
    ]);
  });

  test('takes the approver from the context that Kiket fills, and from nowhere else', async () => {
    const { deliver } = await createGuardian();
    const response = await deliver({
      event: 'guardian.approve_transition',
      context: { issue: { id: 42, project_id: 7, organization_id: 3 } },
      user: { id: 23, email: 'noor@example.com' },
      transition: { to: 'done', performed_by: 'noor@example.com' },
      data: { actor: { id: 23, email: 'noor@example.com' } },
    });
    expect([response.status, response.body]).toEqual([
      200,
      { status: 'error', message: 'Whose approval of which issue?', data: {} },
    ]);
  });

  test('reviews a move without leaving a trace in the report', async () => {
    const { deliver } = await createGuardian({ overrides: { PROTECTED_STATUSES: 'done, released' } });
    const context = { ...report.context, issue: { id: 42, key: 'ORD-42', status: 'review', assignee_id: '' } };
    const explained = await deliver({ ...report, action_key: 'explain_transition', context });
    const counted = await deliver(report);
    const guards = [
      { guard: 'requireFields', status: 'deny', message: 'Fill in assignee_id.' },
      { guard: 'requireApprovals', status: 'pending', message: '0 of 1 approvals given.' },
    ];
    const reviewed = { status: 'deny', metadata: { reasons: guards }, guards };
    expect([explained.status, explained.body]).toMatchObject([
      200,
      { status: 'success', data: { transitions: [reviewed, reviewed] } },
    ]);
    expect(counted.body).toMatchObject({ data: { allow: 0, pending: 0, deny: 0 } });
  });

  test('runs once however often it is delivered, and repeats get the first answer', async () => {
    let runs = 0;
    const guardian = await withAction(() => {
      runs += 1;
      return success(`Run ${runs}.`);
    });
    const answers = [
      await guardian.deliver(report),
      await guardian.deliver(report, '/webhook', { 'X-Kiket-Delivery': 'dlv_2' }),
      await guardian.deliver(report, '/', { 'X-Kiket-Invocation': 'inv_3' }),
    ];
    const first = { status: 'success', message: 'Run 1.', data: {} };
    expect(answers.map(({ body }) => body as unknown)).toEqual([first, first, first]);
    expect(guardian.logged().map(({ repeated }) => repeated)).toEqual([undefined, true, true]);
    const metrics = await request(guardian.app).get('/metrics');
    expect(metrics.text).toContain('\nkiket_redeliveries_total 2\n');
  });

  test('is in progress for a repeat that comes while it runs', async () => {
    const started = defer();
    const finish = defer();
    const guardian = await withAction(async () => {
      started.resolve();
      await finish.promise;
      return success('Done.');
    });
    const first = guardian.deliver(report).then((response) => response);
    await started.promise;
    const repeat = await guardian.deliver(report);
    finish.resolve();
    const { message } = problems.delivery_in_progress;
    expect([repeat.status, repeat.headers['retry-after'], repeat.body]).toEqual([
      503,
      '1',
      { error: { code: 'delivery_in_progress', message } },
    ]);
    expect((await first).body).toEqual({ status: 'success', message: 'Done.', data: {} });
    expect(guardian.logged().map(({ outcome, repeated }) => [outcome, repeated])).toEqual([
      ['delivery_in_progress', true],
      ['success', undefined],
    ]);
  });

  test.each([
    ['breaks', 500, 'handler_failed', new Error('the password is hunter2')],
    ['loses its store', 503, 'store_unavailable', new DeliveryError('store_unavailable')],
  ])('that %s is answered so that Kiket delivers it again, and then runs again', async (_what, http, code, error) => {
    let runs = 0;
    const guardian = await withAction(() => {
      runs += 1;
      if (runs === 1) throw error;
      return success('Done.');
    });
    const failed = await guardian.deliver(report);
    const again = await guardian.deliver(report);
    expect([failed.status, failed.body]).toMatchObject([http, { error: { code } }]);
    expect(failed.text).not.toContain('hunter2');
    expect([again.status, again.body]).toEqual([200, { status: 'success', message: 'Done.', data: {} }]);
    expect(guardian.logged()).toContainEqual(
      expect.objectContaining({ level: 'error', code, msg: 'a handler failed' }),
    );
  });

  test("that breaks does not spill the delivery's secrets into the log", async () => {
    const guardian = await withAction((_delivery, { secret, auth }) => {
      throw new Error(`401 for ${secret('CHECKS_API_TOKEN')} and ${auth.runtimeToken}`);
    });
    await guardian.deliver({
      ...report,
      secrets: { CHECKS_API_TOKEN: 'very-secret-value' },
      authentication: { runtime_token: 'rt_example' },
    });
    expect(guardian.logText()).toContain('401 for [redacted] and [redacted]');
    expect(guardian.logText()).not.toMatch(/very-secret-value|rt_example/);
  });

  test('asks the guards about many moves at once, but not in one turn of the event loop', async () => {
    let [turns, isOver] = [0, false];
    const countTurns = () => void setImmediate(() => isOver || ((turns += 1), countTurns()));
    const guardian = await withAction(async ({ issue, actor: mover }, { review }) => {
      if (issue === undefined) return success('Nothing to ask.');
      countTurns();
      await Promise.all(['done', 'released', 'review', 'open'].map((to) => review({ issue, from: 'new', to, mover })));
      isOver = true;
      return success(`${turns} turns`);
    });
    const { body } = await guardian.deliver({ ...report, context: { issue: { id: 42 } } });
    expect(Number.parseInt((body as { message: string }).message, 10)).toBeGreaterThanOrEqual(3);
  });

  test('leaves no timer behind', async () => {
    const { deliver } = await createGuardian();
    const countTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await deliver(report);
    const before = countTimers();
    for (let count = 0; count < 5; count += 1) await deliver({ ...report, id: count });
    expect(countTimers() - before).toBeLessThan(5);
  });

  const throwing = (thrown: Error) => () => {
    throw thrown;
  };
  test.each<[string, () => unknown]>([
    ['throws a wrong URI', throwing(new URIError('malformed'))],
    [
      'throws what looks like a broken request',
      throwing(Object.assign(new Error('gone'), { type: 'request.aborted' })),
    ],
    ['answers with nothing', () => {}],
    ['answers with what cannot be written', () => success('Done.', { count: 3n })],
  ])('that %s has failed, so that Kiket delivers again', async (_what, action) => {
    const { deliver } = await withAction(action as Action<FixtureSettings>);
    const response = await deliver(report);
    expect([response.status, response.body]).toMatchObject([500, { error: { code: 'handler_failed' } }]);
  });

  test.each([
    ['until it is done', false, 'Run 1.'],
    ['until it fails, and runs again then', true, 'Run 2.'],
  ])('that is not done at the deadline gets an error, and keeps its claim %s', async (_when, fails, message) => {
    const finish = defer();
    let runs = 0;
    const manifest = { ...loadTestSetup(project).manifest, timeoutMs: 100 };
    const { deliver } = await withAction(
      async () => {
        runs += 1;
        const run = runs;
        await finish.promise;
        if (fails && run === 1) throw new Error('broken');
        return success(`Run ${run}.`);
      },
      { manifest },
    );
    const late = await deliver(report);
    const during = await deliver(report);
    expect([late.status, late.headers['retry-after']]).toEqual([503, '1']);
    expect(late.body).toMatchObject({ error: { code: 'deadline_exceeded' } });
    expect([during.status, during.body]).toMatchObject([503, { error: { code: 'delivery_in_progress' } }]);
    finish.resolve();
    const again = async () => (await deliver(report)).body as unknown;
    await expect.poll(again).toEqual({ status: 'success', message, data: {} });
  });

  test("gets an installation's own secret before the default from the environment", async () => {
    const seen: unknown[] = [];
    const { deliver } = await withAction(
      (_delivery, { secret }) => {
        seen.push(secret('checks.api_token'), secret('OTHER'));
        return success('Done.');
      },
      { secrets: { CHECKS_API_TOKEN: 'default', OTHER: 'default' } },
    );
    await deliver({ ...report, secrets: { CHECKS_API_TOKEN: 'own' } });
    await deliver({ ...report, secrets: { CHECKS_API_TOKEN: '****' } });
    expect(seen).toEqual(['own', 'default', 'default', 'default']);
  });
});

test('an event with a shape of its own reaches its listener only in that shape', async () => {
  const seen: unknown[] = [];
  const listeners = { 'board.generated': ({ payload }: Delivery) => void seen.push(payload['board']) };
  const { deliver } = await createGuardian({ extension: { ...extension, listeners } });
  const odd = await deliver({ event: 'board.generated', board: 'Releases' });
  const right = await deliver({ event: 'board.generated', board: { id: 12 } });
  expect([odd.status, odd.body]).toMatchObject([422, { error: { code: 'delivery_invalid' } }]);
  expect([right.status, seen]).toEqual([200, [{ id: 12 }]]);
});

test('an approval whose answer was lost with the process is not given again after a move has used it', async () => {
  const store = await openMemoryStore();
  let isLost = true;
  const complete: typeof store.deliveries.complete = async (...claim) => {
    if (!isLost) return store.deliveries.complete(...claim);
    isLost = false;
    throw new Error('The process is gone.');
  };
  const guardian = await createGuardian({ store: { ...store, deliveries: { ...store.deliveries, complete } } });
  const { deliver, setNow } = guardian;
  const issue = { id: 42, project_id: 7, organization_id: 3, assignee_id: 19 };
  const transition = { from: 'review', to: 'done', performed_by: 'mira@example.com' };
  const move = { event: 'workflow.before_transition', issue, transition };
  const approval = {
    ...report,
    action_key: 'approve_transition',
    context: { ...report.context, issue: { id: 42 } },
    authentication: { runtime_token: 'rt_1' },
  };

  expect((await deliver(approval)).status).toBe(500);
  expect((await deliver(move)).body).toMatchObject({ status: 'allow' });
  await deliver({ ...move, event: 'workflow.after_transition' });
  // When its lease is over.
  setNow(new Date(noon.getTime() + 20_000));
  const again = await deliver(approval);
  expect([again.status, again.body]).toMatchObject([
    200,
    { message: 'You approved issue 42: 1 of 1 approvals given.' },
  ]);
  expect((await deliver(move)).body).toMatchObject({ status: 'pending' });
});

test('a listener that fails after it has used decisions finds them again', async () => {
  const found: number[] = [];
  const listener: Listener<FixtureSettings> = async ({ issue }, { store, now }) => {
    if (issue !== undefined) found.push((await store.decisions.use(issue, now, now)).length);
    if (found.length === 1) throw new Error('Half way.');
  };
  const listeners = { ...extension.listeners, 'workflow.after_transition': listener };
  const { deliver, store } = await createGuardian({ extension: { ...extension, listeners } });
  const issue = { id: 42, project_id: 7, organization_id: 3, assignee_id: 19 };
  const move = { issue, transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' } };
  await deliver({ ...move, event: 'workflow.before_transition' });
  await store.settle();
  const moved = { ...move, event: 'workflow.after_transition', id: 'evt_1' };
  expect([(await deliver(moved)).status, (await deliver(moved)).status, found]).toEqual([500, 200, [1, 1]]);
});
