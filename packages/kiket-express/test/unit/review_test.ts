import { describe, expect, test } from 'vitest';
import { allow, deny, failedDecision, pending, type Decision } from '../../src/extension/decision.ts';
import { DeliveryError, type ProblemCode } from '../../src/errors.ts';
import type { Context, Guard } from '../../src/extension/extension.ts';
import { createLog } from '../../src/telemetry/log.ts';
import type { FailurePolicy } from '../../src/manifest/settings.ts';
import { cannotDecide, reasonOf, review, type Review } from '../../src/receive/review.ts';
import type { DecisionReason } from '../../src/store/store.ts';
import { handledAt, transitionWith, uncalledKiket } from '../support/context.ts';
import { defer } from '../support/defer.ts';

interface Options {
  failurePolicy?: FailurePolicy;
  signal?: AbortSignal;
  when?: () => boolean;
}

/** A review, with each guard's answer as people read it. */
type Described = Omit<Review, 'answers'> & { guards: DecisionReason[] };

function describeAnswers({ answers, ...reviewed }: Review): Described {
  return { ...reviewed, guards: answers.map(reasonOf) };
}

/** Reviews a move to done. `logText` is all that was logged meanwhile. */
function ask(guards: Readonly<Record<string, Guard>>, { failurePolicy = 'deny', signal, ...more }: Options = {}) {
  let text = '';
  const context: Context = {
    event: 'workflow.before_transition',
    eventVersion: 'v1',
    extensionId: 'com.example.webhook-guardian',
    extensionVersion: '1.0.0',
    ...uncalledKiket,
    settings: { failure_policy: failurePolicy },
    secret: () => undefined,
    payloadSecrets: {},
    auth: { runtimeToken: '', tokenType: 'runtime', expiresAt: null, scopes: [] },
    now: handledAt,
    signal: signal ?? new AbortController().signal,
    log: createLog({ level: 'debug', secretValues: ['whsec-one'] }, { write: (line) => void (text += line) }),
    store: {} as Context['store'],
    beforeAllow: () => {},
  };
  const reviewed = review(transitionWith(), context, { guards, ...more }).then(describeAnswers);
  return { reviewed, logText: () => text };
}

const always =
  (answer: unknown): Guard =>
  () =>
    answer as Decision;

const throwing =
  (thrown: unknown): Guard =>
  () => {
    throw thrown;
  };

/** The message of a guard that could not decide. */
function saidBy(guard: string, failure: ProblemCode, failurePolicy: FailurePolicy): string {
  return failedDecision(guard, failure, failurePolicy).message ?? '';
}

/** What a review comes to when the guard `broken` could not decide, and nothing else was asked. */
function brokenReview(failure: 'guard_failed' | 'decision_invalid', failurePolicy: FailurePolicy): Described {
  const message = saidBy('The guard "Broken"', failure, failurePolicy);
  const status = failurePolicy;
  const reasons = [{ guard: 'broken', status, message }];
  const degraded = failurePolicy === 'allow' ? { degraded: true } : {};
  const decision = { status, message, metadata: { ...degraded, reasons, failure } };
  return { decision, guards: reasons, failure, isUnguarded: false, isOverridden: false };
}

describe('a review', () => {
  const answers: Readonly<Record<string, Decision>> = {
    allow: allow(),
    pending: pending('Wait for Noor.'),
    deny: deny('Name an assignee.'),
  };

  test.each([
    ['allow', 'allow', 'allow'],
    ['allow', 'pending', 'pending'],
    ['allow', 'deny', 'deny'],
    ['pending', 'allow', 'pending'],
    ['pending', 'pending', 'pending'],
    ['pending', 'deny', 'deny'],
    ['deny', 'allow', 'deny'],
    ['deny', 'pending', 'deny'],
    ['deny', 'deny', 'deny'],
  ])('of %s and %s is %s, and lists every reason in the order of the guards', async (one, other, status) => {
    const { reviewed } = ask({ one: always(answers[one]), other: always(answers[other]) });
    const reasons = Object.entries({ one, other })
      .filter(([, answer]) => answer !== 'allow')
      .map(([guard, answer]) => ({ guard, status: answer, message: answers[answer]?.message }));
    const isAllowed = reasons.length === 0;
    expect(await reviewed).toStrictEqual({
      decision: isAllowed
        ? { status, metadata: {} }
        : { status, message: reasons.map(({ message }) => message).join(' '), metadata: { reasons } },
      guards: Object.entries({ one, other }).map(
        ([guard, answer]) => reasons.find((reason) => reason.guard === guard) ?? { guard, status: answer },
      ),
      failure: undefined,
      isUnguarded: false,
      isOverridden: false,
    });
  });

  test("of a move that is not the extension's business allows, asks no guard, and says that nothing has to be kept", async () => {
    const { reviewed } = ask({ one: throwing('asked'), other: always(deny('Asked.')) }, { when: () => false });
    expect(await reviewed).toStrictEqual({
      decision: { status: 'allow', metadata: {} },
      guards: [
        { guard: 'one', status: 'allow' },
        { guard: 'other', status: 'allow' },
      ],
      failure: undefined,
      isUnguarded: true,
      isOverridden: false,
    });
  });

  test.each([true, undefined, Promise.resolve(false)])('asks the guards where "when" says %o', async (result) => {
    const { reviewed } = ask({ one: always(deny('Asked.')) }, { when: () => result as boolean });
    expect(await reviewed).toMatchObject({ decision: { status: 'deny' }, isUnguarded: false, isOverridden: false });
  });

  test('lists the reasons in the order of the guards, whichever answers first', async () => {
    const late = defer<Decision>();
    const { reviewed } = ask({ late: () => late.promise, early: always(deny('Early.')) });
    late.resolve(pending('Late.'));
    expect((await reviewed).decision).toStrictEqual({
      status: 'deny',
      message: 'Late. Early.',
      metadata: {
        reasons: [
          { guard: 'late', status: 'pending', message: 'Late.' },
          { guard: 'early', status: 'deny', message: 'Early.' },
        ],
      },
    });
  });

  test('asks every guard about the same move in the same context, even after one has denied', async () => {
    const asked: unknown[] = [];
    const asking =
      (name: string, answer: Decision): Guard =>
      (transition, { event, now }) => {
        asked.push([name, transition, event, now]);
        return answer;
      };
    await ask({ first: asking('first', deny('No.')), second: asking('second', allow()) }).reviewed;
    expect(asked).toEqual([
      ['first', transitionWith(), 'workflow.before_transition', handledAt],
      ['second', transitionWith(), 'workflow.before_transition', handledAt],
    ]);
  });

  test('asks every guard before it waits for one', async () => {
    const [first, second] = [defer<Decision>(), defer<Decision>()];
    const { reviewed } = ask({
      first: () => {
        second.resolve(allow());
        return first.promise;
      },
      second: () => {
        first.resolve(allow());
        return second.promise;
      },
    });
    expect((await reviewed).decision).toStrictEqual({ status: 'allow', metadata: {} });
  });

  test('has what the guards say with an allow, if nothing speaks against it', async () => {
    const { reviewed } = ask({
      one: always(allow({ message: 'All fields are there.', data: { fields: 2 } })),
      two: always(allow()),
      three: always(allow({ message: 'Two approvals.', outputFields: { approvals: '2' } })),
    });
    expect((await reviewed).decision).toStrictEqual({
      status: 'allow',
      message: 'All fields are there. Two approvals.',
      metadata: { fields: 2, output_fields: { approvals: '2' } },
    });
  });

  test('has the data of every guard, but only the messages against the move', async () => {
    const { reviewed } = ask({
      one: always(allow({ message: 'All fields are there.', data: { fields: 2 } })),
      two: always(deny('Changes are frozen.', { data: { frozen_until: 'tomorrow' } })),
    });
    expect((await reviewed).decision).toStrictEqual({
      status: 'deny',
      message: 'Changes are frozen.',
      metadata: {
        fields: 2,
        frozen_until: 'tomorrow',
        reasons: [{ guard: 'two', status: 'deny', message: 'Changes are frozen.' }],
      },
    });
  });

  test.each<[string, Options]>([
    ['under the policy "deny"', { failurePolicy: 'deny' }],
    ['under the policy "allow"', { failurePolicy: 'allow' }],
    ['of a move that guards would not apply to', { when: () => false }],
  ])('of no guards at all denies: %s', async (_what, options) => {
    const message = saidBy('This extension', 'guard_missing', 'deny');
    expect(await ask({}, options).reviewed).toStrictEqual({
      decision: {
        status: 'deny',
        message,
        metadata: { reasons: [{ guard: 'extension', status: 'deny', message }], failure: 'guard_missing' },
      },
      guards: [{ guard: 'extension', status: 'deny', message }],
      failure: 'guard_missing',
      isUnguarded: false,
      isOverridden: false,
    });
  });
});

describe.each(['deny', 'allow'] as const)('under the failure policy "%s"', (failurePolicy) => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;

  test.each<[string, Guard]>([
    ['throws', throwing(new Error('broken'))],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['answers with a bigint', always(allow({ data: { count: 3n } }))],
    ['answers with a cycle', always(allow({ data: cyclic }))],
    [
      'answers with something that breaks when it is written',
      always({
        toJSON: () => {
          throw new Error('broken');
        },
      }),
    ],
  ])('a guard that %s counts as one that failed', async (_how, broken) => {
    expect(await ask({ broken }, { failurePolicy }).reviewed).toStrictEqual(
      brokenReview('guard_failed', failurePolicy),
    );
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'allow'],
    ['true', true],
    ['a number', 0],
    ['a list', [allow()]],
    ['an empty object', {}],
    ['a function', allow],
    ['a promise of nothing', Promise.resolve()],
    ['no status', { message: 'Fine.', metadata: {} }],
    ['an unknown status', { status: 'approved', metadata: {} }],
    ['a status in capitals', { status: 'ALLOW', metadata: {} }],
    ['an allow without metadata', { status: 'allow' }],
    ['an allow whose metadata is a list', { status: 'allow', metadata: [] }],
    ['an allow whose message is null', { status: 'allow', message: null, metadata: {} }],
    ['an allow whose output fields are no text', { status: 'allow', metadata: { output_fields: { count: 2 } } }],
    ['a deny without a message', { status: 'deny', metadata: {} }],
    ['a deny with a blank message', deny(' \n')],
    ['a pending without a message', { status: 'pending', metadata: {} }],
    ['a pending with an empty message', pending('')],
    ['something that is written as nothing', { ...allow(), toJSON: () => undefined }],
  ])('a guard that answers with %s counts as one whose decision is invalid', async (_what, answer) => {
    expect(await ask({ broken: always(answer) }, { failurePolicy }).reviewed).toStrictEqual(
      brokenReview('decision_invalid', failurePolicy),
    );
  });

  test('a guard that is not done at the deadline counts as late, and the others still count', async () => {
    const controller = new AbortController();
    const { reviewed } = ask(
      { late: () => new Promise<Decision>(() => {}), quick: always(pending('Wait for Noor.')) },
      { failurePolicy, signal: controller.signal },
    );
    controller.abort(new DeliveryError('deadline_exceeded'));
    const late = saidBy('The guard "Late"', 'deadline_exceeded', failurePolicy);
    const reasons = [
      { guard: 'late', status: failurePolicy, message: late },
      { guard: 'quick', status: 'pending', message: 'Wait for Noor.' },
    ];
    expect(await reviewed).toStrictEqual({
      decision: {
        status: failurePolicy === 'deny' ? 'deny' : 'pending',
        message: `${late} Wait for Noor.`,
        metadata: {
          ...(failurePolicy === 'allow' ? { degraded: true } : {}),
          reasons,
          failure: 'deadline_exceeded',
        },
      },
      guards: reasons,
      failure: 'deadline_exceeded',
      isUnguarded: false,
      isOverridden: false,
    });
  });

  test('a deny stays a deny, whatever else fails', async () => {
    const { reviewed } = ask({ broken: throwing(new Error('broken')), strict: always(deny('No.')) }, { failurePolicy });
    const { decision, failure } = await reviewed;
    expect([decision.status, failure]).toEqual(['deny', 'guard_failed']);
    expect(decision.metadata['reasons']).toEqual([
      { guard: 'broken', status: failurePolicy, message: expect.stringContaining('guard_failed') as string },
      { guard: 'strict', status: 'deny', message: 'No.' },
    ]);
  });

  test('an allow does not hide that another guard failed', async () => {
    const { reviewed } = ask(
      { fine: always(allow({ message: 'Fine.', data: { fields: 2 } })), broken: throwing(new Error('broken')) },
      { failurePolicy },
    );
    const { decision, guards, failure } = brokenReview('guard_failed', failurePolicy);
    expect(await reviewed).toStrictEqual({
      decision: { ...decision, metadata: { fields: 2, ...decision.metadata } },
      guards: [{ guard: 'fine', status: 'allow', message: 'Fine.' }, ...guards],
      failure,
      isUnguarded: false,
      isOverridden: false,
    });
  });

  // A guard in JavaScript may throw anything, and a promise be rejected without a reason.
  test.each([['a string'], [null], [404]])('a guard that throws %j counts as one that failed', async (thrown) => {
    expect(await ask({ broken: throwing(thrown) }, { failurePolicy }).reviewed).toStrictEqual(
      brokenReview('guard_failed', failurePolicy),
    );
  });
});

describe('a failure', () => {
  test('of the store is reported under its code', async () => {
    const { reviewed } = ask({
      requireApprovals: throwing(new DeliveryError('store_unavailable', { cause: new Error('x') })),
    });
    const message = saidBy('The guard "Required approvals"', 'store_unavailable', 'deny');
    expect(await reviewed).toStrictEqual({
      decision: {
        status: 'deny',
        message,
        metadata: { reasons: [{ guard: 'requireApprovals', status: 'deny', message }], failure: 'store_unavailable' },
      },
      guards: [{ guard: 'requireApprovals', status: 'deny', message }],
      failure: 'store_unavailable',
      isUnguarded: false,
      isOverridden: false,
    });
  });

  test('is the first of several, and all are listed', async () => {
    const { reviewed } = ask({
      one: throwing(new DeliveryError('store_unavailable')),
      two: throwing(new Error('broken')),
    });
    const { decision, failure } = await reviewed;
    expect([failure, decision.metadata['failure']]).toEqual(['store_unavailable', 'store_unavailable']);
    expect(decision.message).toBe(
      `${saidBy('The guard "One"', 'store_unavailable', 'deny')} ${saidBy('The guard "Two"', 'guard_failed', 'deny')}`,
    );
  });

  test.each([
    ['an unknown error', new Error('connect ECONNREFUSED db.internal')],
    [
      'the detail and cause of a known one',
      new DeliveryError('store_unavailable', { detail: 'db.internal', cause: new Error('db.internal') }),
    ],
    ['the reason of a promise', new AggregateError([new Error('db.internal')], 'db.internal')],
  ])('never shows %s to Kiket, but to the log', async (_what, thrown) => {
    const { reviewed, logText } = ask({ broken: throwing(thrown) });
    expect(JSON.stringify(await reviewed)).not.toContain('db.internal');
    expect(logText()).toContain('db.internal');
  });

  test('is logged with the guard and the code', async () => {
    const { reviewed, logText } = ask({ broken: throwing(new TypeError('broken')), fine: always(allow()) });
    await reviewed;
    expect(JSON.parse(logText())).toMatchObject({
      level: 'error',
      guard: 'broken',
      code: 'guard_failed',
      err: { type: 'TypeError', message: 'broken' },
      msg: 'a guard could not decide',
    });
  });

  test('that waiting would not help does not ask anybody to try again', () => {
    const adviceOn = (failure: ProblemCode) => saidBy('one', failure, 'deny').replace(failure, '');
    expect(adviceOn('decision_invalid')).not.toBe(adviceOn('store_unavailable'));
  });

  test('before any guard was asked speaks for the extension', () => {
    for (const failurePolicy of ['deny', 'allow'] as const) {
      const { decision } = cannotDecide('store_unavailable', failurePolicy);
      expect([decision.status, decision.message]).toEqual([
        failurePolicy,
        saidBy('This extension', 'store_unavailable', failurePolicy),
      ]);
    }
  });
});
