import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { allow, deny, failedDecision, pending, type Decision } from '../../src/extension/decision.ts';
import { marginMs } from '../../src/deadline.ts';
import { DeliveryError, type ProblemCode } from '../../src/errors.ts';
import type { Guard } from '../../src/extension/extension.ts';
import type { FailurePolicy } from '../../src/manifest/settings.ts';
import { loadTestSetup } from '../../src/testing/kiket.ts';
import { extension, type FixtureSettings } from '../fixture/src/extension.ts';
import { project as fixture } from '../fixture/src/project.ts';
import { defer } from '../support/defer.ts';
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

function approve(user: unknown) {
  return {
    action_key: 'approve_transition',
    organization_id: 3,
    context: { project: { id: 7, key: 'ORD' }, issue: { id: 42, key: 'ORD-42' }, user },
  };
}

const noor = { id: 23, email: 'noor@example.com' };

describe('a move', () => {
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

/** A guardian with these guards, and a hook timeout that leaves them the shortest time there is. */
async function withGuards(
  guards: Record<string, Guard<FixtureSettings>>,
  failurePolicy: FailurePolicy = 'deny',
  timeoutMs = 100,
) {
  const { manifest } = loadTestSetup(fixture);
  return createGuardian({
    manifest: { ...manifest, hooks: manifest.hooks.map((hook) => ({ ...hook, timeoutMs })) },
    extension: { ...extension, guards },
    overrides: { FAILURE_POLICY: failurePolicy },
  });
}

const always = (answer: unknown) => () => answer as Decision;
const throwing = (thrown: unknown) => () => {
  throw thrown;
};
const secretly = new Error('the password is hunter2');
const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

type Undecided = [what: string, code: ProblemCode, guard: Guard<FixtureSettings>];
/** Guards that cannot decide, by the code that reports it. */
const undecided: Undecided[] = [
  ['throws', 'guard_failed', throwing(secretly)],
  ['rejects', 'guard_failed', async () => Promise.reject(secretly)],
  // JavaScript lets people throw anything, and reject a promise without a reason.
  ['rejects with nothing', 'guard_failed', async () => Promise.reject()],
  ['throws null', 'guard_failed', throwing(null)],
  [
    'loses its store',
    'store_unavailable',
    throwing(new DeliveryError('store_unavailable', { detail: 'hunter2', cause: secretly })),
  ],
  ['never answers', 'deadline_exceeded', async () => new Promise(() => {})],
  ['returns what JSON cannot carry', 'guard_failed', always(allow({ data: { count: 1n } }))],
  ['returns a cycle', 'guard_failed', always(allow({ data: cyclic }))],
  ['returns what breaks when it is written', 'guard_failed', always({ toJSON: throwing(secretly) })],
  ...Object.entries<unknown>({
    nothing: undefined,
    'a word': 'allow',
    'a list': [allow()],
    'a promise of nothing': Promise.resolve(),
    'no status': { message: 'Fine.', metadata: {} },
    'an unknown status': { status: 'approved', metadata: {} },
    'an allow without metadata': { status: 'allow' },
    'an allow whose output fields are no text': allow({ outputFields: { count: 2 as never } }),
    'a deny without a message': { status: 'deny', metadata: {} },
    'a deny with a blank message': deny(' \n'),
    'a pending with an empty message': pending(''),
    'what is written as nothing': { ...allow(), toJSON: () => undefined },
  }).map(([what, answer]): Undecided => [`returns ${what}`, 'decision_invalid', always(answer)]),
];

/** What is said of a guard that could not decide. */
const saidOf = (guard: string, code: ProblemCode, policy: FailurePolicy) =>
  failedDecision(`The guard "${guard}"`, code, policy).message ?? '';

describe.each(undecided)('a guard that %s', (_what, code, requireChecks) => {
  test('denies by default, says so, and keeps the cause to itself', async () => {
    const guardian = await withGuards({ requireChecks });
    const response = await guardian.deliver(moveTo('done'));
    const message = saidOf('Required checks', code, 'deny');
    const reasons = [{ guard: 'requireChecks', status: 'deny', message }];
    expect([response.status, response.body]).toEqual([
      200,
      { status: 'deny', message, metadata: { failure: code, reasons } },
    ]);
    expect(message).toContain(code);
    expect(response.text).not.toContain('hunter2');
    const logged = { msg: 'a guard could not decide', level: 'error', guard: 'requireChecks', code };
    expect(guardian.logged()).toMatchObject([
      logged,
      { msg: 'delivery', level: 'warn', outcome: 'deny', failure: code },
    ]);
  });

  test('allows under the policy that says so, marked as degraded', async () => {
    const guardian = await withGuards({ requireChecks }, 'allow');
    const response = await guardian.deliver(moveTo('done'));
    const message = saidOf('Required checks', code, 'allow');
    const reasons = [{ guard: 'requireChecks', status: 'allow', message }];
    expect([response.status, response.body]).toEqual([
      200,
      { status: 'allow', message, metadata: { degraded: true, failure: code, reasons } },
    ]);
  });
});

test.each<[string, Guard, RegExp]>([
  ['thrown', throwing(new TypeError('broken', { cause: secretly })), /^broken: the password is hunter2$/],
  ['forgotten to return', always(undefined), /isn't a decision.: It returned nothing/],
])('what a guard has %s is in the log, with what caused it', async (_what, requireChecks, message) => {
  const guardian = await withGuards({ requireChecks });
  await guardian.deliver(moveTo('done'));
  expect(guardian.logged()[0]).toMatchObject({ err: { message: expect.stringMatching(message) as string } });
});

test('waiting is only recommended where it helps', () => {
  const advice = (code: ProblemCode) => saidOf('Required checks', code, 'deny').replace(code, '');
  expect(advice('decision_invalid')).not.toBe(advice('store_unavailable'));
});

describe('several guards', () => {
  const answers = { allow: allow(), pending: pending('Wait for Noor.'), deny: deny('Name an assignee.') };
  type Status = keyof typeof answers;
  const statuses = Object.keys(answers) as Status[];

  test.each(statuses.flatMap((one) => statuses.map((other) => [one, other] as const)))(
    'that answer %s and %s are all asked at once, and every reason is told in their order',
    async (one, other) => {
      const asked = defer();
      const { deliver } = await createGuardian({
        extension: {
          ...extension,
          guards: {
            one: async () => asked.promise.then(() => answers[one]),
            other: () => {
              asked.resolve();
              return answers[other];
            },
          },
        },
      });
      const reasons = Object.entries({ one, other }).flatMap(([guard, status]) =>
        status === 'allow' ? [] : [{ guard, status, message: answers[status].message }],
      );
      const status = statuses.findLast((each) => each === one || each === other);
      const message = reasons.map((reason) => reason.message).join(' ');
      expect((await deliver(moveTo('done'))).body).toEqual(
        reasons.length === 0 ? { status, metadata: {} } : { status, message, metadata: { reasons } },
      );
    },
  );

  const fine = allow({ message: 'All fields are there.', data: { fields: 2 } });
  const approved = allow({ message: 'Two approvals.', outputFields: { approvals: '2' } });
  const frozen = deny('Changes are frozen.', { data: { frozen_until: 'tomorrow' } });
  const frozenReason = { guard: 'two', status: 'deny', message: 'Changes are frozen.' };
  test.each([
    [
      'all messages and data if they allow',
      [fine, allow(), approved],
      {
        status: 'allow',
        message: 'All fields are there. Two approvals.',
        metadata: { fields: 2, output_fields: { approvals: '2' } },
      },
    ],
    [
      'all data, but only the messages against the move',
      [fine, frozen],
      {
        status: 'deny',
        message: 'Changes are frozen.',
        metadata: { fields: 2, frozen_until: 'tomorrow', reasons: [frozenReason] },
      },
    ],
  ])('are answered with %s', async (_what, given, expected) => {
    const [one, two, three = allow()] = given.map((answer) => always(answer)).map((guard) => guard());
    const guards = { one: always(one), two: always(two), three: always(three) };
    const { deliver } = await withGuards(guards);
    expect((await deliver(moveTo('done'))).body).toEqual(expected);
  });

  const broken = throwing(new Error('broken'));
  const late = async () => new Promise<Decision>(() => {});
  const unreachable = throwing(new DeliveryError('store_unavailable'));
  test.each<[string, Record<string, Guard<FixtureSettings>>, ProblemCode, Record<FailurePolicy, string>, string[]]>([
    [
      'late, and another waits',
      { late, quick: always(pending('Wait.')) },
      'deadline_exceeded',
      { deny: 'deny', allow: 'pending' },
      ['late', 'quick'],
    ],
    [
      'broken, and another denies',
      { broken, strict: always(deny('No.')) },
      'guard_failed',
      { deny: 'deny', allow: 'deny' },
      ['broken', 'strict'],
    ],
    [
      'broken, and another allows',
      { fine: always(fine), broken },
      'guard_failed',
      { deny: 'deny', allow: 'allow' },
      ['broken'],
    ],
    [
      'cut off, and another broken',
      { unreachable, broken },
      'store_unavailable',
      { deny: 'deny', allow: 'allow' },
      ['unreachable', 'broken'],
    ],
  ])('of which one is %s hide no failure and no reason', async (_what, guards, failure, expected, told) => {
    for (const policy of ['deny', 'allow'] as const) {
      const { deliver } = await withGuards(guards, policy);
      const { body } = (await deliver(moveTo('done'))) as { body: Decision };
      const degraded = policy === 'allow' ? { degraded: true } : {};
      const reasons = told.map((guard) => expect.objectContaining({ guard }) as object);
      expect(body).toMatchObject({ status: expected[policy], metadata: { ...degraded, failure, reasons } });
    }
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
    ['as an action in event', { ...nameless, event: 'extension.action.issue_before_transition' }, '/webhook', {}],
    ['as an action in the path', nameless, '/webhooks/action.workflow.before-transition', {}],
    ['as an action in the header', nameless, '/webhook', { 'X-Kiket-Event': 'extension.action.beforeTransition' }],
    [
      'as an action that does not exist',
      { ...nameless, action_key: 'x.beforeTransition.v1', context: { issue: { id: 42 }, user: noor } },
      '/webhook',
      {},
    ],
  ])('in another spelling is denied %s', async (_where, body, path, headers) => {
    const { deliver } = await createGuardian({ overrides: { FAILURE_POLICY: 'allow' } });
    const response = await deliver(body, path, headers);
    expect([response.status, response.body]).toMatchObject([200, unknownGuard]);
  });

  test.each([
    ['transition', { event: 'workflow.before_transition', issue: { id: 42 } }],
    ['issue', { event: 'workflow.before_transition', transition: { from: 'review', to: 'done' } }],
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
  const guard: Guard<FixtureSettings> = async (_transition, { signal }) => {
    await fetch(url, { signal });
    return allow();
  };
  const guardian = await withGuards({ guard }, 'deny', marginMs + 500);
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
