import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { allow } from '../../src/extension/decision.ts';
import { marginMs } from '../../src/deadline.ts';
import { DeliveryError } from '../../src/errors.ts';
import type { Guard } from '../../src/extension/extension.ts';
import { loadTestSetup } from '../../src/testing/kiket.ts';
import { extension, type FixtureSettings } from '../fixture/src/extension.ts';
import { project as fixture } from '../fixture/src/project.ts';
import { createGuardian, noon } from '../support/guardian.ts';

const mira = 'mira@example.com';
const place = { project_id: 7, organization_id: 3 };

function moveTo(to: string, issue: Record<string, unknown> = {}, by: unknown = mira) {
  return {
    event: 'workflow.before_transition',
    issue: { id: 42, key: 'ORD-42', assignee_id: 19, ...place, ...issue },
    transition: { from: 'review', to, performed_by: by },
  };
}

function approve(user: unknown, issue: unknown = { id: 42, key: 'ORD-42' }, { organization = 3, project = 7 } = {}) {
  return {
    action_key: 'approve_transition',
    organization_id: organization,
    context: { project: { id: project, key: 'ORD' }, issue, user },
  };
}

const noor = { id: 23, email: 'noor@example.com' };

describe('a move', () => {
  test('into an open status is allowed', async () => {
    const { deliver } = await createGuardian();
    const response = await deliver(moveTo('review'));
    expect([response.status, response.body]).toEqual([200, { status: 'allow', metadata: {} }]);
  });

  test('into a protected status is denied with every reason at once', async () => {
    const { deliver } = await createGuardian({ overrides: { REQUIRED_FIELDS: 'assignee_id, due_date' } });
    const response = await deliver(moveTo('Done', { assignee_id: '', due_date: null }));
    const [fields, approvals] = ['Fill in assignee_id, due_date.', '0 of 1 approvals given.'];
    expect([response.status, response.body]).toEqual([
      200,
      {
        status: 'deny',
        message: `${fields} ${approvals}`,
        metadata: {
          missing_fields: ['assignee_id', 'due_date'],
          approvals_given: 0,
          approvals_needed: 1,
          reasons: [
            { guard: 'requireFields', status: 'deny', message: fields },
            { guard: 'requireApprovals', status: 'pending', message: approvals },
          ],
        },
      },
    ]);
  });

  test('waits until somebody else approves, and needs new approvals next time', async () => {
    const { deliver } = await createGuardian();
    const statusOfMove = async () => ((await deliver(moveTo('done'))).body as { status: string }).status;
    expect(await statusOfMove()).toBe('pending');
    await deliver(approve({ id: 19, email: 'MIRA@example.com' }));
    expect(await statusOfMove()).toBe('pending');
    await deliver(approve(noor));
    expect(await statusOfMove()).toBe('allow');
    await deliver({ ...moveTo('done'), event: 'workflow.after_transition' });
    expect(await statusOfMove()).toBe('pending');
  });

  test.each([
    ['another organization', approve(noor, undefined, { organization: 4 })],
    ['an unknown organization', { ...approve(noor), organization_id: undefined }],
    ['another project', approve(noor, undefined, { project: 8 })],
    ['another issue', approve(noor, { id: 43, key: 'ORD-43' })],
  ])('is not helped by an approval in %s', async (_place, approval) => {
    const { deliver } = await createGuardian();
    const approved = await deliver(approval);
    const response = await deliver(moveTo('done'));
    expect([approved.status, response.body]).toMatchObject([200, { status: 'pending' }]);
  });

  test('finds an approval by the key when the approval names no id, and by the id when it names no key', async () => {
    for (const issue of [{ key: 'ORD-42' }, { id: 42 }]) {
      const { deliver } = await createGuardian();
      await deliver(approve(noor, issue));
      const response = await deliver(moveTo('done'));
      expect(response.body).toMatchObject({ status: 'allow' });
    }
  });

  test("says which of an installation's secrets are missing", async () => {
    const { deliver } = await createGuardian();
    const response = await deliver({ ...moveTo('review'), secret_status: { missing: ['CHECKS_API_TOKEN'] } });
    expect(response.body).toEqual({ status: 'allow', metadata: { missing_secrets: ['CHECKS_API_TOKEN'] } });
  });

  test.each([
    '/',
    '/webhook',
    '/webhooks/workflow.before_transition',
    '/v/v1/webhooks/workflow.before_transition',
    '/v/1/webhooks/before_transition',
  ])('may come in at %s', async (path) => {
    const { deliver } = await createGuardian();
    const response = await deliver(moveTo('review'), path);
    expect([response.status, response.body]).toEqual([200, { status: 'allow', metadata: {} }]);
  });
});

const report = {
  action_key: 'guardian_report',
  organization_id: 3,
  context: { project: { id: 7 }, user: noor },
};

describe('a repeat', () => {
  test('is decided again and recorded once', async () => {
    const guardian = await createGuardian();
    const first = await guardian.deliver({ ...moveTo('done'), id: 'evt_1' });
    await guardian.deliver(approve(noor));
    const second = await guardian.deliver({ ...moveTo('done'), id: 'evt_1' });
    expect([first.body, second.body]).toMatchObject([{ status: 'pending' }, { status: 'allow' }]);
    expect((await guardian.deliver(report)).body).toMatchObject({ data: { allow: 0, pending: 1, deny: 0 } });
  });
});

/** A guardian with one guard, and a hook timeout that leaves it the shortest time there is. */
async function withGuard(guard: Guard<FixtureSettings>, failurePolicy: 'deny' | 'allow', timeoutMs = 100) {
  const { manifest } = loadTestSetup(fixture);
  return createGuardian({
    manifest: { ...manifest, hooks: manifest.hooks.map((hook) => ({ ...hook, timeoutMs })) },
    extension: { ...extension, guards: { guard } },
    overrides: { FAILURE_POLICY: failurePolicy },
  });
}

/** Guards that cannot decide, by the code that reports it. */
const undecided: [string, string, Guard<FixtureSettings>][] = [
  [
    'throws',
    'guard_failed',
    () => {
      throw new Error('the password is hunter2');
    },
  ],
  ['rejects', 'guard_failed', async () => Promise.reject(new Error('the password is hunter2'))],
  ['rejects with nothing', 'guard_failed', async () => Promise.reject()],
  [
    'throws a text',
    'guard_failed',
    () => {
      // oxlint-disable-next-line no-throw-literal -- JavaScript lets people do this
      throw 'the password is hunter2';
    },
  ],
  ['returns nothing', 'decision_invalid', (() => undefined) as unknown as Guard<FixtureSettings>],
  ['returns a word', 'decision_invalid', (() => 'allow') as unknown as Guard<FixtureSettings>],
  ['returns an unknown status', 'decision_invalid', (() => ({ status: 'ALLOW', metadata: {} })) as never],
  ['denies without a message', 'decision_invalid', () => ({ status: 'deny', metadata: {} })],
  ['returns what JSON cannot carry', 'guard_failed', () => ({ status: 'allow', metadata: { count: 1n } })],
  ['never answers', 'deadline_exceeded', async () => new Promise(() => {})],
  [
    'loses its store',
    'store_unavailable',
    () => {
      throw new DeliveryError('store_unavailable');
    },
  ],
];

describe.each(undecided)('a guard that %s', (_what, code, guard) => {
  test('denies by default, says so, and keeps the cause to itself', async () => {
    const guardian = await withGuard(guard, 'deny');
    const response = await guardian.deliver(moveTo('done'));
    expect([response.status, response.body]).toEqual([
      200,
      {
        status: 'deny',
        message: expect.stringContaining(code) as string,
        metadata: {
          failure: code,
          reasons: [{ guard: 'guard', status: 'deny', message: expect.stringContaining(code) as string }],
        },
      },
    ]);
    expect(response.text).not.toContain('hunter2');
    expect(guardian.logged()).toContainEqual(
      expect.objectContaining({ msg: 'delivery', level: 'warn', outcome: 'deny', failure: code }),
    );
  });

  test('allows under the policy that says so, marked as degraded', async () => {
    const guardian = await withGuard(guard, 'allow');
    const response = await guardian.deliver(moveTo('done'));
    expect([response.status, response.body]).toMatchObject([
      200,
      { status: 'allow', metadata: { degraded: true, failure: code, reasons: [{ guard: 'guard', status: 'allow' }] } },
    ]);
  });
});

const unknownGuard = { status: 'deny', metadata: { failure: 'guard_missing', reasons: [{ status: 'deny' }] } };

describe('a guard event', () => {
  test('that nobody knows is denied, whatever the policy', async () => {
    for (const failurePolicy of ['deny', 'allow']) {
      const { deliver } = await createGuardian({ overrides: { FAILURE_POLICY: failurePolicy } });
      const response = await deliver({ ...moveTo('review'), event: 'workflow.before_merge' });
      expect([response.status, response.body]).toMatchObject([200, unknownGuard]);
    }
  });

  const nameless = { ...moveTo('review'), event: undefined };
  test.each<[string, object, string, Record<string, string>]>([
    ['in the body', { ...nameless, event: 'workflow.before-transition' }, '/webhook', {}],
    ['in the body as type', { ...nameless, type: 'beforeTransition' }, '/webhook', {}],
    ['in the body as event_type', { ...nameless, event_type: 'BEFORE_TRANSITION' }, '/webhook', {}],
    ['in the path', nameless, '/webhooks/workflow_before_transition', {}],
    [
      'in the path, in full width',
      nameless,
      `/webhooks/${encodeURIComponent('ｂｅｆｏｒｅ＿ｔｒａｎｓｉｔｉｏｎ')}`,
      {},
    ],
    ['in the header', nameless, '/webhook', { 'X-Kiket-Event': 'Workflow.BeforeTransition' }],
    ['as an action', { ...nameless, action_key: 'before_transition' }, '/webhook', {}],
  ])('in another spelling is denied %s', async (_where, body, path, headers) => {
    const { deliver } = await createGuardian({ overrides: { FAILURE_POLICY: 'allow' } });
    const response = await deliver(body, path, headers);
    expect([response.status, response.body]).toMatchObject([200, unknownGuard]);
  });

  test.each([
    ['transition', { event: 'workflow.before_transition', issue: { id: 42 } }],
    ['issue', { event: 'workflow.before_transition', transition: { from: 'review', to: 'done' } }],
    ['target', { event: 'workflow.before_transition', issue: { id: 42 }, transition: { from: 'review', to: ' ' } }],
    ['visible target', { event: 'workflow.before_transition', issue: { id: 42 }, transition: { to: '\u200b\ufe0f' } }],
    [
      'target that shows',
      { event: 'workflow.before_transition', issue_id: 42, previous_status: 'x', status: '\u3164' },
    ],
  ])('without a %s is answered by the failure policy', async (_what, body) => {
    const closed = await createGuardian();
    const open = await createGuardian({ overrides: { FAILURE_POLICY: 'allow' } });
    const denied = await closed.deliver(body);
    const allowed = await open.deliver(body);
    expect([denied.status, denied.body]).toMatchObject([
      200,
      { status: 'deny', metadata: { failure: 'transition_missing' } },
    ]);
    expect([allowed.status, allowed.body]).toMatchObject([
      200,
      { status: 'allow', metadata: { degraded: true, failure: 'transition_missing' } },
    ]);
  });
});

describe('an approval', () => {
  test('that came before a move it is too late for is not spent by a late notice of an earlier move', async () => {
    const { deliver, setNow } = await createGuardian();
    const later = new Date(noon.getTime() + 3_600_000);
    setNow(later);
    await deliver(approve(noor));
    await deliver({ ...moveTo('done'), event: 'workflow.after_transition', occurred_at: noon.toISOString() });
    const response = await deliver(moveTo('done'));
    expect(response.body).toMatchObject({ status: 'allow' });
  });
});

test('the time that a delivery took to arrive is taken from the time that its guards have', async () => {
  // Whoever asks, a minute has gone by since the last time.
  let time = performance.now();
  const now = vi.spyOn(performance, 'now').mockImplementation(() => (time += 60_000));
  onTestFinished(() => now.mockRestore());
  const { deliver } = await createGuardian({
    extension: { ...extension, guards: { guard: async () => new Promise(() => {}) } },
  });
  const response = await deliver(moveTo('done'));
  expect(response.body).toMatchObject({ status: 'deny', metadata: { failure: 'deadline_exceeded' } });
});

test('an outgoing call is aborted at the deadline', async () => {
  const upstream = createServer();
  const called = once(upstream, 'request') as Promise<[IncomingMessage]>;
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  onTestFinished(() => void upstream.close());
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const guardian = await withGuard(
    async (_transition, { signal }) => {
      await fetch(url, { signal });
      return allow();
    },
    'deny',
    marginMs + 500,
  );
  const answering = guardian.deliver(moveTo('done')).then(({ body }) => body as unknown);
  const [request] = await called;
  await once(request.socket, 'close');
  expect(await answering).toMatchObject({ status: 'deny', metadata: { failure: 'deadline_exceeded' } });
});

test('an approval that cannot be distinguished from another one says so', async () => {
  const { deliver, setNow } = await createGuardian({ overrides: { REQUIRED_APPROVALS: '2' } });
  await deliver(approve({ email: 'zoe@example.com' }));
  setNow(new Date(noon.getTime() + 1_000));
  const unclear = await deliver(approve({ id: 9 }));
  expect(unclear.body).toMatchObject({
    message:
      "You approved ORD-42: 1 of 2 approvals given. Yours doesn't count yet: Kiket identifies two approvers in different ways, so they may be the same person.",
  });
  setNow(new Date(noon.getTime() + 2_000));
  const clear = await deliver(approve({ id: 10 }));
  expect(clear.body).toMatchObject({ message: 'You approved ORD-42: 2 of 2 approvals given.' });
});
