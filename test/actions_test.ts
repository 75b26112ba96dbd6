import { describe, expect, test } from 'vitest';
import { approveTransition } from '../src/actions/approveTransition.ts';
import { explainTransition } from '../src/actions/explainTransition.ts';
import { guardianReport } from '../src/actions/guardianReport.ts';
import { revokeApproval } from '../src/actions/revokeApproval.ts';
import { allow, deny, pending } from '../packages/kiket-express/src/extension/decision.ts';
import type { Transition } from '../packages/kiket-express/src/receive/delivery.ts';
import { DeliveryError } from '../packages/kiket-express/src/receive/errors.ts';
import type { RecordedDecision } from '../packages/kiket-express/src/store/store.ts';
import {
  after,
  createContext,
  deliveryWith,
  handledAt,
  issueWith,
  settingsWith,
  transitionWith,
} from '../packages/kiket-express/test/support/context.ts';

const mira = ['id:19', 'email:mira@example.com'];
const noor = ['id:23', 'email:noor@example.com'];
const nowhere = {
  status: 'error',
  message: 'Kiket did not say which issue this is about. Start it from an issue.',
  data: {},
};

describe('approving', () => {
  const settings = settingsWith({ required_approvals: 2 });

  test('counts the one who does it, now', async () => {
    const { context } = await createContext({ settings });
    expect(await approveTransition(deliveryWith({ actor: mira }), context)).toStrictEqual({
      status: 'success',
      message: 'You approved ORD-42: 1 of 2 approvals given.',
      data: { approvals_given: 1, approvals_needed: 2 },
    });
    expect(await context.store.approvals.list(issueWith())).toEqual([
      { id: expect.any(String) as string, approver: mira, givenAt: handledAt },
    ]);
  });

  test('counts nobody twice', async () => {
    const { context } = await createContext({ settings });
    const first = await approveTransition(deliveryWith({ actor: mira }), context);
    expect(await approveTransition(deliveryWith({ actor: ['id:19'] }), context)).toStrictEqual(first);
    expect(await context.store.approvals.list(issueWith())).toHaveLength(1);
  });

  test('counts two people', async () => {
    const { context } = await createContext({ settings });
    await approveTransition(deliveryWith({ actor: mira }), context);
    expect(await approveTransition(deliveryWith({ actor: noor }), context)).toStrictEqual({
      status: 'success',
      message: 'You approved ORD-42: 2 of 2 approvals given.',
      data: { approvals_given: 2, approvals_needed: 2 },
    });
  });

  test('does not count a second person who may be the first', async () => {
    const { context } = await createContext({ settings });
    await approveTransition(deliveryWith({ actor: ['id:23'] }), context);
    expect(await approveTransition(deliveryWith({ actor: ['email:noor@example.com'] }), context)).toMatchObject({
      status: 'success',
      data: { approvals_given: 1 },
    });
  });

  test.each([
    ['its key', {}, 'ORD-42'],
    ['its id if it has no key', { key: undefined }, 'issue 42'],
    ['the issue if it has neither', { id: undefined, key: undefined }, 'the issue'],
  ])('calls the issue %s', async (_what, differences, name) => {
    const { context } = await createContext({ settings });
    const { message } = await approveTransition(deliveryWith({ issue: issueWith(differences) }), context);
    expect(message).toContain(`You approved ${name}: `);
  });

  test('needs an issue', async () => {
    const { context } = await createContext({ settings });
    expect(await approveTransition(deliveryWith({ issue: undefined }), context)).toStrictEqual(nowhere);
  });

  test('needs somebody', async () => {
    const { context } = await createContext({ settings });
    expect(await approveTransition(deliveryWith({ actor: [] }), context)).toStrictEqual({
      status: 'error',
      message: "Kiket did not say who you are, so the approval would be nobody's.",
      data: {},
    });
    expect(await context.store.approvals.list(issueWith())).toEqual([]);
  });

  test('fails if the store cannot be reached', async () => {
    const { context } = await createContext({ settings });
    const failed = new DeliveryError('store_unavailable');
    const approvals = { ...context.store.approvals, give: () => Promise.reject(failed) };
    const broken = { ...context, store: { ...context.store, approvals } };
    await expect(approveTransition(deliveryWith(), broken)).rejects.toBe(failed);
  });
});

describe('taking back an approval', () => {
  test('removes the own one', async () => {
    const { context } = await createContext();
    await context.store.approvals.give(issueWith(), mira, after(-2000));
    const [, fromNoor] = await context.store.approvals.give(issueWith(), noor, after(-1000));
    expect(await revokeApproval(deliveryWith({ actor: mira }), context)).toStrictEqual({
      status: 'success',
      message: 'You took back your approval of ORD-42.',
      data: {},
    });
    expect(await context.store.approvals.list(issueWith())).toEqual([fromNoor]);
  });

  test.each(['somebody else gave', 'a move has used', 'was taken back already'])(
    'is an error for one that %s',
    async (what) => {
      const { context } = await createContext();
      const { approvals } = context.store;
      await approvals.give(issueWith(), what === 'somebody else gave' ? noor : mira, handledAt);
      if (what === 'a move has used') await approvals.use(issueWith(), { givenUntil: handledAt, now: handledAt });
      if (what === 'was taken back already') await approvals.revoke(issueWith(), mira, handledAt);
      expect(await revokeApproval(deliveryWith({ actor: mira }), context)).toStrictEqual({
        status: 'error',
        message: 'You have no open approval of ORD-42.',
        data: {},
      });
    },
  );

  test('needs an issue', async () => {
    const { context } = await createContext();
    expect(await revokeApproval(deliveryWith({ issue: undefined }), context)).toStrictEqual(nowhere);
  });

  test('needs somebody', async () => {
    const { context } = await createContext();
    expect(await revokeApproval(deliveryWith({ actor: [] }), context)).toStrictEqual({
      status: 'error',
      message: 'Kiket did not say who you are.',
      data: {},
    });
  });
});

describe('explaining', () => {
  const settings = settingsWith({ protected_statuses: ['done', 'released', 'In Review'] });
  const said = [{ guard: 'x', status: 'allow' }];

  test('says for each protected status what a move by the one who asks would meet', async () => {
    const asked: Transition[] = [];
    const { context } = await createContext({
      settings,
      review: async (transition) => {
        asked.push(transition);
        const guards = [{ guard: 'x', status: 'allow' as const }];
        if (transition.to === 'released') return { ...pending('Wait.'), guards };
        if (transition.to !== 'done') return { ...allow(), guards };
        return { ...deny('No.', { data: { reasons: [{ guard: 'y', status: 'deny' }] } }), guards };
      },
    });
    expect(await explainTransition(deliveryWith({ actor: mira }), context)).toStrictEqual({
      status: 'success',
      message:
        'ORD-42: Moving to "done" now: deny. No. Moving to "released" now: pending. Wait. Moving to "In Review" now: allow. Nothing blocks it.',
      data: {
        transitions: [
          { to: 'done', status: 'deny', message: 'No.', reasons: [{ guard: 'y', status: 'deny' }], guards: said },
          { to: 'released', status: 'pending', message: 'Wait.', reasons: [], guards: said },
          { to: 'In Review', status: 'allow', message: 'Nothing blocks it.', reasons: [], guards: said },
        ],
      },
    });
    expect(asked).toStrictEqual(
      settings.protected_statuses.map((to) => ({ issue: issueWith(), from: 'review', to, mover: mira })),
    );
  });

  test('says it of one move alone if the delivery names one', async () => {
    const asked: Transition[] = [];
    const review = async (transition: Transition) => {
      asked.push(transition);
      return { ...allow(), guards: [] };
    };
    const { context } = await createContext({ settings, review });
    const answer = await explainTransition(
      deliveryWith({ actor: mira, transition: transitionWith({ from: 'elsewhere', to: 'backlog' }) }),
      context,
    );
    expect(answer.data).toMatchObject({ transitions: [{ to: 'backlog', status: 'allow' }] });
    expect(asked).toStrictEqual([{ issue: issueWith(), from: 'review', to: 'backlog', mover: mira }]);
  });

  test('tells what an allow says', async () => {
    const { context } = await createContext({
      review: async () => ({ ...allow({ message: 'Two approvals.' }), guards: [] }),
    });
    const answer = await explainTransition(deliveryWith(), context);
    expect(answer.message).toBe('ORD-42: Moving to "done" now: allow. Two approvals.');
  });

  test('needs an issue', async () => {
    const { context } = await createContext();
    expect(await explainTransition(deliveryWith({ issue: undefined }), context)).toStrictEqual(nowhere);
  });

  test('fails if the review fails', async () => {
    const { context } = await createContext({ review: () => Promise.reject(new Error('broken')) });
    await expect(explainTransition(deliveryWith(), context)).rejects.toThrow(new Error('broken'));
  });
});

describe('the report', () => {
  const week = 7 * 24 * 60 * 60 * 1000;
  const decision: RecordedDecision = {
    issue: issueWith(),
    event: 'workflow.before_transition',
    keys: [],
    status: 'deny',
    failure: undefined,
    reasons: [],
    from: 'review',
    to: 'done',
    decidedAt: handledAt,
  };

  test('counts the decisions of the last seven days', async () => {
    const { context } = await createContext();
    const { decisions } = context.store;
    decisions.record({ ...decision, status: 'allow', decidedAt: after(-week) });
    decisions.record({ ...decision, status: 'allow', decidedAt: after(-week - 1) });
    decisions.record({ ...decision, status: 'pending' });
    decisions.record({ ...decision, status: 'deny' });
    decisions.record({ ...decision, status: 'deny' });
    expect(await guardianReport(deliveryWith({ issue: undefined }), context)).toStrictEqual({
      status: 'success',
      message: 'Last 7 days: 1 allowed, 1 pending, 2 denied.',
      data: { allow: 1, pending: 1, deny: 2, since: '2026-02-23T12:00:00.000Z' },
    });
  });

  test.each([
    ['another project', { projectId: '8', projectKey: 'WEB' }],
    ['another organisation', { organization: '4' }],
  ])('leaves out %s', async (_what, differences) => {
    const { context } = await createContext();
    context.store.decisions.record({ ...decision, issue: issueWith(differences) });
    expect(await guardianReport(deliveryWith(), context)).toStrictEqual({
      status: 'success',
      message: 'Last 7 days: 0 allowed, 0 pending, 0 denied.',
      data: { allow: 0, pending: 0, deny: 0, since: '2026-02-23T12:00:00.000Z' },
    });
  });

  test('is about the project where it was started, not about that of the issue', async () => {
    const { context } = await createContext();
    context.store.decisions.record({ ...decision, issue: issueWith({ projectId: '8', projectKey: 'WEB' }) });
    const delivery = deliveryWith({ projectId: '8', projectKey: 'WEB' });
    expect(await guardianReport(delivery, context)).toMatchObject({ data: { deny: 1 } });
  });
});
