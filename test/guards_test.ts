import { describe, expect, test } from 'vitest';
import { countApprovals } from '../src/approvals.ts';
import { changeFreeze } from '../src/guards/changeFreeze.ts';
import { requireFields } from '../src/guards/requireFields.ts';
import { requireApprovals } from '../src/guards/requireApprovals.ts';
import { blankFields } from '../src/issueFields.ts';
import { entersProtectedStatus } from '../src/protectedStatus.ts';
import type { GuardianSettings } from '../src/settings.ts';
import type { Transition } from '../packages/kiket-express/src/receive/delivery.ts';
import type { Person } from '../packages/kiket-express/src/approvals/person.ts';
import { after, createContext, handledAt, issueWith, settingsWith, transitionWith } from '../packages/kiket-express/test/support/context.ts';

/** So many milliseconds after {@link handledAt}, as freezes have it. */
const at = (milliseconds: number) => after(milliseconds).getTime();

const allowed = { status: 'allow', metadata: {} };

describe('a protected status', () => {
  const strict = settingsWith({
    required_fields: ['assignee_id'],
    freeze_windows: [{ start: at(0), end: at(1000) }],
    required_approvals: 1,
  });
  const guards = { requireFields, changeFreeze, requireApprovals };

  test.each(['review', 'Not done', 'done.', 'undone', 'do ne', ''])(
    'is none of the others: %j needs no fields, no open window and no approvals',
    async (to) => {
      const { context } = await createContext({ settings: strict });
      const transition = transitionWith({ to });
      const answers = await Promise.all(Object.values(guards).map(async (guard) => guard(transition, context)));
      expect(answers).toStrictEqual([allowed, allowed, allowed]);
    },
  );

  test.each([
    ['done', 'Done'],
    ['done', ' DONE '],
    ['In Review', 'in_review'],
    ['in-review', 'In  Review'],
    ['in_review', 'in - review'],
    ['in review', 'In\u2013Review'],
    ['in review', 'in\u2011review'],
    ['Termin\u00e9', 'TERMINE\u0301'],
    ['done', 'ｄｏｎｅ'],
    ['done', 'do\u200bne'],
    ['do\u200bne', 'done\ufe0f'],
    ['✅ Done', '✅\ufe0f done'],
    ['größe', 'GRÖSSE'],
    ['Bitti', 'BİTTİ'],
    ['Done, verified', 'done,  verified'],
    ['in review', 'In\u00a0\u3000Review\u200b'],
  ])('"%s" may be written as "%s"', async (status, to) => {
    const { context } = await createContext({ settings: { ...strict, protected_statuses: ['released', status] } });
    const transition = transitionWith({ to });
    const answers = await Promise.all(Object.values(guards).map(async (guard) => guard(transition, context)));
    expect(answers.map((answer) => answer.status)).toEqual(['deny', 'deny', 'pending']);
  });

  test.each([
    ['done, verified', true],
    ['Verified,Done', true],
    ['done, shipped', false],
    ['done,', false],
  ])('may have lost its quotes: with "done" and "verified", "%s" is one: %s', (to, isProtected) => {
    const settings = { ...strict, protected_statuses: ['done', 'verified'] };
    expect(entersProtectedStatus({ to }, settings)).toBe(isProtected);
  });
});

describe('requireFields', () => {
  const settings = settingsWith({ required_fields: ['assignee_id', 'due_date'] });

  test('allows a move of an issue that has every field', async () => {
    const { context } = await createContext({ settings });
    const issue = issueWith({ fields: { assignee_id: 19, custom_fields: { due_date: '2026-03-31' } } });
    expect(await requireFields(transitionWith({ issue }), context)).toStrictEqual(allowed);
  });

  test('denies it and names the fields that are missing', async () => {
    const { context } = await createContext({ settings });
    const issue = issueWith({ fields: { assignee_id: null, priority: 'high' } });
    expect(await requireFields(transitionWith({ issue }), context)).toStrictEqual({
      status: 'deny',
      message: 'Fill in assignee_id, due_date before this issue moves to "done". Kiket did not send due_date.',
      metadata: { missing_fields: ['assignee_id', 'due_date'] },
    });
  });

  test('names only the fields that are missing', async () => {
    const { context } = await createContext({ settings });
    const issue = issueWith({ fields: { assignee_id: 19 } });
    expect(await requireFields(transitionWith({ issue, to: 'Done' }), context)).toStrictEqual({
      status: 'deny',
      message: 'Fill in due_date before this issue moves to "Done". Kiket did not send due_date.',
      metadata: { missing_fields: ['due_date'] },
    });
  });

  test('asks for nothing if no field is required', async () => {
    const { context } = await createContext({ settings: settingsWith() });
    expect(await requireFields(transitionWith(), context)).toStrictEqual(allowed);
  });

  test.each<[unknown, boolean]>([
    [undefined, true],
    [null, true],
    ['', true],
    [' \t\n', true],
    [[], true],
    [[null, '', []], true],
    ['\u200b\ufe0f', true],
    ['\u00a0\u3164\u2800', true],
    ['\u0000', true],
    [Number.NaN, true],
    [{}, true],
    [[{}], true],
    [[null], true],
    [[[], [{}]], true],
    [{ id: null }, true],
    [{ name: '' }, true],
    [{ id: null, name: ' \u200b', groups: [{}], of: { id: null } }, true],
    [{ id: 0 }, false],
    [{ id: null, name: 'Mira' }, false],
    [[{ id: null }, { checked: false }], false],
    ['\u200b-', false],
    ['null', false],
    [0, false],
    [false, false],
    ['0', false],
    ['Mira', false],
    [['', 'Mira'], false],
    [[0], false],
    [{ id: 19 }, false],
  ])('takes a field that is %j for blank: %s', (value, isBlank) => {
    const names = isBlank ? ['field'] : [];
    expect(blankFields({ fields: { field: value } }, ['field'])).toEqual(names);
    expect(blankFields({ fields: { custom_fields: { field: value } } }, ['field'])).toEqual(names);
  });

  test.each([
    ['[', 'null', ']', true],
    ['{"a":', '""', '}', true],
    ['[', '0', ']', false],
  ])('looks 50,000 levels deep, at %s%s%s', (opening, innermost, closing, isBlank) => {
    const text = opening.repeat(50_000) + innermost + closing.repeat(50_000);
    expect(blankFields({ fields: { field: JSON.parse(text) as unknown } }, ['field'])).toEqual(
      isBlank ? ['field'] : [],
    );
  });

  test('takes a field that is filled in one place only', () => {
    expect(blankFields({ fields: { field: '', custom_fields: { field: 'x' } } }, ['field'])).toEqual([]);
    expect(blankFields({ fields: { field: 'x', custom_fields: { field: '' } } }, ['field'])).toEqual([]);
  });

  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    'does not take what every object has for a field: %s',
    (name) => {
      expect(blankFields({ fields: { custom_fields: {} } }, [name])).toEqual([name]);
    },
  );

  test.each([[undefined], [null], ['text'], [7]])('does not stumble over custom fields that are %j', (customFields) => {
    expect(blankFields({ fields: { custom_fields: customFields } }, ['field', 'length'])).toEqual(['field', 'length']);
  });
});

describe('changeFreeze', () => {
  const window = { start: at(0), end: at(3_600_000) };

  test.each([
    ['before it begins', after(-1), false],
    ['when it begins', handledAt, true],
    ['while it lasts', after(1), true],
    ['just before it ends', after(3_599_999), true],
    ['when it ends', after(3_600_000), false],
    ['after it has ended', after(3_600_001), false],
  ])('%s', async (_when, now, isFrozen) => {
    const { context } = await createContext({ settings: settingsWith({ freeze_windows: [window] }), now });
    const frozen = {
      status: 'deny',
      message: 'Changes are frozen until 2026-03-02T13:00:00.000Z. Move this issue to "done" after that.',
      metadata: { frozen_until: '2026-03-02T13:00:00.000Z' },
    };
    expect(await changeFreeze(transitionWith(), context)).toStrictEqual(isFrozen ? frozen : allowed);
  });

  test.each([
    ['that overlap, the one that ends last', [window, { start: at(-1000), end: at(1000) }], '13:00'],
    ['that overlap, whichever comes first', [{ start: at(-1000), end: at(1000) }, window], '13:00'],
    ['of which one is over', [{ start: at(-2000), end: at(-1000) }, window], '13:00'],
    ['of which one has yet to come', [window, { start: at(3_700_000), end: at(7_200_000) }], '13:00'],
  ])('of windows %s, says when it is over', async (_what, windows, until) => {
    const { context } = await createContext({ settings: settingsWith({ freeze_windows: windows }) });
    expect(await changeFreeze(transitionWith(), context)).toStrictEqual({
      status: 'deny',
      message: `Changes are frozen until 2026-03-02T${until}:00.000Z. Move this issue to "done" after that.`,
      metadata: { frozen_until: `2026-03-02T${until}:00.000Z` },
    });
  });

  test('allows a move if there is no window', async () => {
    const { context } = await createContext();
    expect(await changeFreeze(transitionWith(), context)).toStrictEqual(allowed);
  });
});

describe('counting approvals', () => {
  const mira = ['id:19', 'email:mira@example.com'];
  const byMover = 'it is by the one who moves the issue';
  const maybeMover = 'Kiket names approver and mover differently, so they may be one person';
  const noMover = 'Kiket does not say who moves the issue';
  const twice = 'this person has approved already';
  const maybeTwice = 'Kiket names two approvers differently, so they may be one person';

  test.each<[string, Person | undefined, Person[], (string | undefined)[]]>([
    ['none', mira, [], []],
    ['one by somebody else', ['id:19'], [['id:23']], [undefined]],
    ['one by somebody else, known by address', ['email:mira@example.com'], [['email:noor@example.com']], [undefined]],
    ['one by somebody else, known by both', mira, [['id:23', 'email:noor@example.com']], [undefined]],
    ['one by somebody else, who shares one kind of name', mira, [['id:23']], [undefined]],
    ['one by the mover', mira, [mira], [byMover]],
    ['one by the mover, known by id', mira, [['id:19']], [byMover]],
    ['one by the mover under another address', mira, [['id:19', 'email:mira@other.example']], [byMover]],
    ['one by an id while the mover is an address', ['email:mira@example.com'], [['id:19']], [maybeMover]],
    ['one by an address while the mover is an id', ['id:19'], [['email:noor@example.com']], [maybeMover]],
    ['one while nobody knows the mover', [], [['id:23']], [noMover]],
    ['one by nobody', mira, [[]], [maybeMover]],
    ['one before anybody moves', undefined, [['id:23']], [undefined]],
    ['two by two people', ['id:19'], [['id:23'], ['id:29']], [undefined, undefined]],
    ['two by one person', ['id:19'], [['id:23'], ['id:23']], [undefined, twice]],
    ['two by one person before anybody moves', undefined, [['id:23'], ['id:23']], [undefined, twice]],
    [
      'two by one person, who is the second time known by another name too',
      mira,
      [['email:noor@example.com'], ['id:23', 'email:noor@example.com']],
      [undefined, twice],
    ],
    ['two by people who may be one', mira, [['id:23'], ['email:noor@example.com']], [undefined, maybeTwice]],
    [
      'two by people who may be one before anybody moves',
      undefined,
      [['id:23'], ['email:noor@example.com']],
      [undefined, maybeTwice],
    ],
    [
      'three, of which the third settles nothing about the second',
      mira,
      [['id:23'], ['email:noor@example.com'], ['id:29', 'email:omar@example.com']],
      [undefined, maybeTwice, undefined],
    ],
    [
      'one by the mover and one by somebody else, whatever the order',
      mira,
      [['id:19'], ['id:23'], mira],
      [byMover, undefined, byMover],
    ],
  ])('of %s', (_what, mover, approvers, reasons) => {
    const approvals = approvers.map((approver, index) => ({
      id: `a${index}`,
      approver,
      givenAt: after(index),
      boundTo: undefined,
    }));
    const ignored = approvals.flatMap(({ approver }, index) => {
      const reason = reasons[index];
      return reason === undefined ? [] : [{ approver, reason }];
    });
    expect(countApprovals(approvals, mover)).toStrictEqual({
      counted: approvals.filter((_approval, index) => reasons[index] === undefined),
      ignored,
    });
  });
});

test('thousands of approvals are counted as fast as they are read', () => {
  const approvals = Array.from({ length: 20_000 }, (_each, index) => ({
    id: `a${index}`,
    approver: index % 3 === 0 ? [`id:${index}`] : [`email:${index}@example.com`],
    givenAt: handledAt,
    boundTo: undefined,
  }));
  const { counted, ignored } = countApprovals(approvals, ['id:1', 'email:1@example.com']);
  expect([counted.length, ignored.length]).toEqual([13_332, 6_668]);
});

describe('requireApprovals', () => {
  type Asked = Partial<Transition> & { settings?: Partial<GuardianSettings> };

  /** Asks about a move after these people have approved the issue. */
  async function ask(approvers: readonly Person[], { settings = {}, ...move }: Asked = {}) {
    const { context } = await createContext({ settings: settingsWith({ required_approvals: 1, ...settings }) });
    for (const [index, approver] of approvers.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- they approve one after the other
      await context.store.approvals.give(issueWith(), approver, after(index));
    }
    return requireApprovals(transitionWith(move), context);
  }

  const approvalId = expect.stringMatching(/^approval_[0-9a-f]{16}$/) as string;

  test('allows a move that needs no approvals without asking the store', async () => {
    const { context } = await createContext();
    const approvals = { ...context.store.approvals, list: () => Promise.reject(new Error('The store was asked.')) };
    const decision = requireApprovals(transitionWith(), { ...context, store: { ...context.store, approvals } });
    expect(await decision).toStrictEqual(allowed);
  });

  test('waits for an approval', async () => {
    expect(await ask([])).toStrictEqual({
      status: 'pending',
      message: 'Moving to "done" waits for 1 more approval by somebody other than user 19 (0 of 1 given).',
      metadata: { approval_id: approvalId, approvals_given: 0, approvals_needed: 1 },
    });
  });

  test('waits for the approvals that are still missing', async () => {
    expect(
      await ask([['id:23']], {
        settings: { required_approvals: 3 },
        mover: ['id:19', 'email:mira@example.com'],
        to: 'Done',
      }),
    ).toStrictEqual({
      status: 'pending',
      message: 'Moving to "Done" waits for 2 more approvals by somebody other than mira@example.com (1 of 3 given).',
      metadata: { approval_id: approvalId, approvals_given: 1, approvals_needed: 3 },
    });
  });

  test('allows a move when there are enough', async () => {
    expect(await ask([['id:23'], ['id:29']], { settings: { required_approvals: 2 } })).toStrictEqual({
      status: 'allow',
      metadata: { approval_id: approvalId, approvals_given: 2, approvals_needed: 2 },
    });
  });

  test('allows a move when there are more than enough', async () => {
    expect(await ask([['id:23'], ['id:29']])).toStrictEqual({
      status: 'allow',
      metadata: { approval_id: approvalId, approvals_given: 2, approvals_needed: 1 },
    });
  });

  test.each<[string, Person[], Person, string]>([
    [
      'the mover approves',
      [['id:19']],
      ['id:19'],
      'other than user 19 (0 of 1 given). The approval by user 19 does not count: it is by the one who moves the issue.',
    ],
    [
      'the mover approves and is known by another name now',
      [['email:mira@example.com']],
      ['id:19'],
      'other than user 19 (0 of 1 given). The approval by mira@example.com does not count: Kiket names approver and mover differently, so they may be one person.',
    ],
    [
      'nobody knows who moves the issue',
      [['id:23']],
      [],
      'other than the one who moves it (0 of 1 given). The approval by user 23 does not count: Kiket does not say who moves the issue.',
    ],
  ])('says why an approval does not count when %s', async (_when, approvers, mover, end) => {
    expect(await ask(approvers, { mover })).toStrictEqual({
      status: 'pending',
      message: `Moving to "done" waits for 1 more approval by somebody ${end}`,
      metadata: { approval_id: approvalId, approvals_given: 0, approvals_needed: 1 },
    });
  });

  test('says it of each approval that does not count', async () => {
    expect(
      await ask([['id:23'], ['email:noor@example.com'], ['id:19']], {
        settings: { required_approvals: 2 },
        mover: ['id:19', 'email:mira@example.com'],
      }),
    ).toStrictEqual({
      status: 'pending',
      message:
        'Moving to "done" waits for 1 more approval by somebody other than mira@example.com (1 of 2 given). ' +
        'The approval by noor@example.com does not count: Kiket names two approvers differently, so they may be one person. ' +
        'The approval by user 19 does not count: it is by the one who moves the issue.',
      metadata: { approval_id: approvalId, approvals_given: 1, approvals_needed: 2 },
    });
  });

  test.each<[string, Partial<ReturnType<typeof issueWith>>]>([
    ['another issue', { id: '43', key: 'ORD-43' }],
    ['another project', { projectId: '8', projectKey: 'WEB' }],
    ['another organisation', { organization: '4' }],
  ])('does not count approvals of %s', async (_what, differences) => {
    expect(await ask([['id:23']], { issue: issueWith(differences) })).toMatchObject({
      status: 'pending',
      metadata: { approvals_given: 0 },
    });
  });

  test('does not count approvals that were used or revoked', async () => {
    const { context } = await createContext({ settings: settingsWith({ required_approvals: 1 }) });
    const { approvals } = context.store;
    await approvals.give(issueWith(), ['id:23'], handledAt);
    await approvals.use(issueWith(), { givenUntil: handledAt, now: handledAt });
    await approvals.give(issueWith(), ['id:29'], handledAt);
    await approvals.revoke(issueWith(), ['id:29'], handledAt);
    expect(await requireApprovals(transitionWith(), context)).toMatchObject({
      status: 'pending',
      metadata: { approvals_given: 0 },
    });
  });

  test('gives one wait one name, and another wait another', async () => {
    const idOf = async (asked: Asked) => (await ask([], asked)).metadata['approval_id'];
    const settings = { protected_statuses: ['done', 'released'] };
    const id = await idOf({ settings });
    expect(await idOf({ from: 'todo', mover: ['id:23'] })).toBe(id);
    const others = await Promise.all(
      [
        { to: 'released', settings },
        { issue: issueWith({ id: '43' }) },
        { issue: issueWith({ projectId: '8' }) },
        { issue: issueWith({ organization: '4' }) },
      ].map(idOf),
    );
    expect(new Set([id, ...others]).size).toBe(5);
  });
});
