import { describe, expect, test } from 'vitest';
import { recordMove } from '../src/listeners/recordMove.ts';
import { noteNeeds } from '../src/listeners/noteNeeds.ts';
import { DeliveryError } from '../packages/kiket-express/src/receive/errors.ts';
import {
  after,
  createContext,
  deliveryWith,
  handledAt,
  issueWith,
  settingsWith,
  transitionWith,
} from '../packages/kiket-express/test/support/context.ts';

describe('after a move', () => {
  const fiveMinutes = 5 * 60 * 1000;
  const moved = deliveryWith({ event: 'workflow.after_transition', transition: transitionWith() });
  const decision = {
    issue: issueWith(),
    event: 'workflow.before_transition',
    keys: [],
    status: 'deny' as const,
    failure: undefined,
    reasons: [],
    from: 'review',
    to: 'done',
  };

  test('into a protected status its approvals are used', async () => {
    const { context, logged } = await createContext();
    const { approvals } = context.store;
    await approvals.give(issueWith(), ['id:23'], after(-2000));
    await approvals.give(issueWith(), ['id:29'], after(-1000));
    await recordMove(moved, context);
    expect(await approvals.list(issueWith())).toEqual([]);
    expect(logged()).toContainEqual({ level: 'info', used: 2, msg: 'approvals used' });
  });

  test('into another status nothing is used', async () => {
    const { context, logged } = await createContext();
    await context.store.approvals.give(issueWith(), ['id:23'], handledAt);
    await recordMove({ ...moved, transition: transitionWith({ to: 'review' }) }, context);
    expect(await context.store.approvals.list(issueWith())).toHaveLength(1);
    expect(logged()).toEqual([]);
  });

  test('to nobody knows where, all approvals are used: it may be a protected status', async () => {
    const { context, logged } = await createContext();
    await context.store.approvals.give(issueWith(), ['id:23'], handledAt);
    await recordMove({ ...moved, transition: undefined }, context);
    expect(await context.store.approvals.list(issueWith())).toEqual([]);
    expect(logged()).toEqual([{ level: 'info', used: 1, msg: 'approvals used' }]);
  });

  test('of nobody knows what, nothing is used', async () => {
    const { context, logged } = await createContext();
    await context.store.approvals.give(issueWith(), ['id:23'], handledAt);
    await recordMove({ ...moved, issue: undefined, transition: undefined }, context);
    expect(await context.store.approvals.list(issueWith())).toHaveLength(1);
    expect(logged()).toEqual([]);
  });

  test('of one issue the approvals of others are kept', async () => {
    const { context } = await createContext();
    const other = issueWith({ id: '43', key: 'ORD-43' });
    await context.store.approvals.give(other, ['id:23'], handledAt);
    await recordMove(moved, context);
    expect(await context.store.approvals.list(other)).toHaveLength(1);
  });

  test.each([
    ['when it happened', after(-3_600_000), -3_600_000],
    ['now, if nobody says when it happened', undefined, 0],
  ])('the approvals are used that were given until five minutes after %s', async (_when, occurredAt, movedAt) => {
    const { context } = await createContext();
    const { approvals } = context.store;
    await approvals.give(issueWith(), ['id:23'], after(movedAt + fiveMinutes));
    await approvals.give(issueWith(), ['id:29'], after(movedAt + fiveMinutes + 1));
    await recordMove({ ...moved, occurredAt }, context);
    expect(await approvals.list(issueWith())).toMatchObject([{ approver: ['id:29'] }]);
  });

  test('the decisions are used that were made until five minutes after it', async () => {
    const { context } = await createContext();
    const { decisions } = context.store;
    for (const decidedAt of [after(-3_600_000 + fiveMinutes), after(-3_600_000 + fiveMinutes + 1)]) {
      decisions.record({ ...decision, decidedAt });
    }
    await decisions.count(issueWith(), after(-3_600_000));
    await recordMove({ ...moved, occurredAt: after(-3_600_000) }, context);
    expect(await decisions.use(issueWith(), handledAt, handledAt)).toMatchObject([
      { decidedAt: after(-3_600_000 + fiveMinutes + 1) },
    ]);
  });

  test('the listener fails if the store cannot be reached, so that Kiket delivers it again', async () => {
    const { context } = await createContext();
    const failed = new DeliveryError('store_unavailable');
    const approvals = { ...context.store.approvals, use: () => Promise.reject(failed) };
    const broken = { ...context, store: { ...context.store, approvals } };
    await expect(recordMove(moved, broken)).rejects.toBe(failed);
  });
});

describe('when an issue is created', () => {
  test('the log says what it will need', async () => {
    const { context, logged } = await createContext({
      settings: settingsWith({ required_fields: ['assignee_id', 'due_date'], required_approvals: 2 }),
    });
    await noteNeeds(deliveryWith({ issue: issueWith({ fields: { assignee_id: 19 } }) }), context);
    expect(logged()).toContainEqual({
      level: 'info',
      issue: 'ORD-42',
      missingFields: ['due_date'],
      approvalsNeeded: 2,
      msg: 'a new issue will need this',
    });
  });

  test('the log says nothing if the delivery does not say which', async () => {
    const { context, logged } = await createContext();
    await noteNeeds(deliveryWith({ issue: undefined }), context);
    expect(logged()).toEqual([]);
  });
});
