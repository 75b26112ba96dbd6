import { describe, expect, test } from 'vitest';
import { readingApprovals, writingApprovals } from '../../src/approvals/approvals.ts';
import { markFields } from '../../src/approvals/marks.ts';
import type { Person } from '../../src/approvals/person.ts';
import type { Delivery, Transition } from '../../src/delivery.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { testIssue } from '../../src/testing/handlers.ts';
import { noon } from '../../src/testing/kiket.ts';
import { openMemoryStore } from '../support/memoryStore.ts';

const mira = ['id:19', 'email:mira@example.com'];
const fiveMinutes = 5 * 60 * 1000;
const after = (milliseconds: number) => new Date(noon.getTime() + milliseconds);
const transition: Transition = { issue: testIssue(), from: 'review', to: 'done', mover: ['id:19'] };

/** A store in which these people have approved the issue, a millisecond after the other. */
async function approvedBy(...approvers: Person[]) {
  const store = await openMemoryStore();
  for (const [index, approver] of approvers.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- they approve one after the other
    await store.approvals.give(testIssue(), approver, after(index));
  }
  const context = { store, now: noon, log: createLog({ level: 'silent', secretValues: [] }), beforeAllow: () => {} };
  return { context, list: () => store.approvals.list(testIssue()) };
}

describe('the approvals of a transition', () => {
  async function count(approvers: readonly Person[], needed: number, move: Partial<Transition> = {}) {
    const { context } = await approvedBy(...approvers);
    return readingApprovals(context).count({ ...transition, ...move }, needed);
  }

  test('that do not count say why', async () => {
    const counted = await count([['id:23'], ['email:noor@example.com'], ['id:19']], 2, { mover: mira });
    const notes = [
      "The approval by noor@example.com doesn't count: Kiket identifies two approvers in different ways, so they may be the same person.",
      "The approval by mira@example.com doesn't count: it comes from the person moving the issue.",
    ];
    expect(counted).toMatchObject({ given: 1, notes });
  });

  test('say nothing about the others where there are enough', async () => {
    expect(await count([['id:23'], ['id:19']], 1)).toMatchObject({ given: 1, notes: [] });
  });

  test('that let another move through do not count, and say so', async () => {
    const { context } = await approvedBy(['id:23']);
    const { approvals } = context.store;
    await approvals.bind(await approvals.list(testIssue()), 'released', noon);
    expect(await readingApprovals(context).count(transition, 1)).toMatchObject({
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
      ...[{ id: '43' }, { projectId: '8' }, { organization: '4' }].map((place) => idOf({ issue: testIssue(place) })),
    ]);
    expect(new Set([id, ...others]).size).toBe(5);
  });
});

test.each([
  ['is nested too deep', '['.repeat(20_000) + '1' + ']'.repeat(20_000)],
  ['is too large a number', '9007199254740993'],
  ['has too large a number', '{"amount":[-1e400]}'],
])('a field that %s to be compared has changed', async (_what, json) => {
  const read = async () => JSON.parse(json) as unknown;
  const [one, other] = [await markFields(['description'], read), await markFields(['description'], read)];
  expect(one['description']).toMatch(/./);
  expect(other['description']).not.toBe(one['description']);
});

describe('a move that has happened', () => {
  const spend = (context: Awaited<ReturnType<typeof approvedBy>>['context'], moved: Partial<Delivery> = {}) =>
    writingApprovals({ issue: testIssue(), transition, ...moved } as Delivery, context).spend();

  test('of nobody knows what spends nothing', async () => {
    const { context, list } = await approvedBy(['id:23']);
    expect(await spend(context, { issue: undefined })).toEqual({ approvers: [], override: undefined });
    expect(await list()).toMatchObject([{ approver: ['id:23'] }]);
  });

  test.each([
    ['five minutes after it happened', after(-3_600_000), -3_600_000],
    ['ten minutes after now, if nobody says when it happened', undefined, fiveMinutes],
  ])('spends what was given until %s', async (_when, occurredAt, movedAt) => {
    const { context, list } = await approvedBy();
    await context.store.approvals.give(testIssue(), ['id:23'], after(movedAt + fiveMinutes));
    await context.store.approvals.give(testIssue(), ['id:29'], after(movedAt + fiveMinutes + 1));
    await spend(context, { occurredAt });
    expect(await list()).toMatchObject([{ approver: ['id:29'] }]);
  });
});
