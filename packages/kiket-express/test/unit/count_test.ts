import { describe, expect, test } from 'vitest';
import { countApprovals } from '../../src/approvals/count.ts';
import type { Person } from '../../src/approvals/person.ts';
import { noon } from '../../src/testing/kiket.ts';

describe('counting approvals', () => {
  const mira = ['id:19', 'email:mira@example.com'];
  const byMover = 'it comes from the person moving the issue';
  const maybeMover = 'Kiket identifies the approver and the mover in different ways, so they may be the same person';
  const noMover = "Kiket doesn't say who is moving the issue";
  const twice = 'this person has already approved';
  const maybeTwice = 'Kiket identifies two approvers in different ways, so they may be the same person';

  test.each<[string, Person | undefined, Person[], (string | undefined)[]]>([
    ['none', mira, [], []],
    ['one by somebody else', ['id:19'], [['id:23']], [undefined]],
    ['one by somebody else, who shares one kind of name', mira, [['id:23']], [undefined]],
    ['one by the mover', mira, [mira], [byMover]],
    ['one by the mover under another address', mira, [['id:19', 'email:mira@other.example']], [byMover]],
    ['one by an id while the mover is an address', ['email:mira@example.com'], [['id:19']], [maybeMover]],
    ['one by an address while the mover is an id', ['id:19'], [['email:noor@example.com']], [maybeMover]],
    ['one while nobody knows the mover', [], [['id:23']], [noMover]],
    ['one by nobody', mira, [[]], [maybeMover]],
    ['one before anybody moves', undefined, [['id:23']], [undefined]],
    ['two by two people', ['id:19'], [['id:23'], ['id:29']], [undefined, undefined]],
    ['two by one person', ['id:19'], [['id:23'], ['id:23']], [undefined, twice]],
    [
      'two under domains that look alike',
      mira,
      [['email:a@xn--strae-oqa.example'], ['email:a@strasse.example']],
      [undefined, twice],
    ],
    [
      'two by one person, who is the second time known by another name too',
      mira,
      [['email:noor@example.com'], ['id:23', 'email:noor@example.com']],
      [undefined, twice],
    ],
    ['two by people who may be one', mira, [['id:23'], ['email:noor@example.com']], [undefined, maybeTwice]],
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
      givenAt: new Date(noon.getTime() + index),
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
    givenAt: noon,
    boundTo: undefined,
  }));
  const { counted, ignored } = countApprovals(approvals, ['id:1', 'email:1@example.com']);
  expect([counted.length, ignored.length]).toEqual([13_332, 6_668]);
});
