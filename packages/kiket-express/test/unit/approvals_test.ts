import { describe, expect, test } from 'vitest';
import { readingApprovals, writingApprovals } from '../../src/approvals/approvals.ts';
import type { Person } from '../../src/approvals/person.ts';
import type { Transition } from '../../src/delivery.ts';
import { after, createContext, deliveryWith, handledAt, issueWith, transitionWith } from '../support/context.ts';

const mira = ['id:19', 'email:mira@example.com'];
const fiveMinutes = 5 * 60 * 1000;

/** A store in which these people have approved the issue, a millisecond after the other. */
async function approvedBy(...approvers: Person[]) {
  const { context, logged } = await createContext();
  for (const [index, approver] of approvers.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- they approve one after the other
    await context.store.approvals.give(issueWith(), approver, after(index));
  }
  return { context, logged, list: () => context.store.approvals.list(issueWith()) };
}

describe('the approvals of a transition', () => {
  async function count(approvers: readonly Person[], needed: number, move: Partial<Transition> = {}) {
    const { context } = await approvedBy(...approvers);
    return readingApprovals(context).count(transitionWith(move), needed);
  }

  test('that do not count say why', async () => {
    const counted = await count([['id:23'], ['email:noor@example.com'], ['id:19']], 2, { mover: mira });
    const notes = [
      "The approval by noor@example.com doesn't count: Kiket identifies two approvers in different ways, so they may be the same person.",
      "The approval by user 19 doesn't count: it comes from the person moving the issue.",
    ];
    expect(counted).toMatchObject({ given: 1, notes });
  });

  test('say nothing about the others where there are enough', async () => {
    expect(await count([['id:23'], ['id:19']], 1)).toMatchObject({ given: 1, notes: [] });
  });

  test('that let another move through do not count, and say so', async () => {
    const { context } = await approvedBy(['id:23']);
    const { approvals } = context.store;
    const [{ id } = { id: '' }] = await approvals.list(issueWith());
    await approvals.bind([id], 'released', handledAt);
    expect(await readingApprovals(context).count(transitionWith(), 1)).toMatchObject({
      given: 0,
      notes: ['The approval by user 23 doesn\'t count: it already let a move to "released" through.'],
    });
  });

  test('give one wait one name, and another wait another', async () => {
    const idOf = async (move: Partial<Transition> = {}) => (await count([], 1, move)).id;
    const id = await idOf();
    expect(id).toMatch(/^approval_[0-9a-f]{16}$/);
    expect(await idOf({ from: 'todo', mover: ['id:23'] })).toBe(id);
    const others = await Promise.all([
      idOf({ to: 'released' }),
      ...[{ id: '43' }, { projectId: '8' }, { organization: '4' }].map((place) => idOf({ issue: issueWith(place) })),
    ]);
    expect(new Set([id, ...others]).size).toBe(5);
  });
});

describe('a move that has happened', () => {
  const moved = deliveryWith({ event: 'workflow.after_transition', transition: transitionWith() });

  test('spends the approvals of its issue, and returns who gave them', async () => {
    const { context, logged, list } = await approvedBy(['id:23'], ['id:29']);
    const spent = await writingApprovals(moved, context).spend();
    expect(spent).toEqual({ approvers: ['user 23', 'user 29'], override: undefined });
    expect(await list()).toEqual([]);
    expect(logged()).toContainEqual({ level: 'info', used: 2, msg: 'approvals used' });
  });

  test('of nobody knows what spends nothing', async () => {
    const { context, logged, list } = await approvedBy(['id:23']);
    expect(await writingApprovals({ ...moved, issue: undefined }, context).spend()).toEqual({
      approvers: [],
      override: undefined,
    });
    expect([await list(), logged()]).toMatchObject([[{ approver: ['id:23'] }], []]);
  });

  test.each([
    ['when it happened', after(-3_600_000), -3_600_000],
    ['now, if nobody says when it happened', undefined, 0],
  ])('spends what was given until five minutes after %s', async (_when, occurredAt, movedAt) => {
    const { context, list } = await approvedBy();
    await context.store.approvals.give(issueWith(), ['id:23'], after(movedAt + fiveMinutes));
    await context.store.approvals.give(issueWith(), ['id:29'], after(movedAt + fiveMinutes + 1));
    await writingApprovals({ ...moved, occurredAt }, context).spend();
    expect(await list()).toMatchObject([{ approver: ['id:29'] }]);
  });
});
