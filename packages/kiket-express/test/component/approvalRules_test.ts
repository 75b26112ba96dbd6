import { describe, expect, test } from 'vitest';
import { createGuardian, noon } from '../support/guardian.ts';

const mira = { id: 19, email: 'mira@example.com' };
const noor = { id: 23, email: 'noor@example.com' };
const issue = { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3, assignee_id: 19 };
const transition = { from: 'review', to: 'done', performed_by: mira };
const move = { event: 'workflow.before_transition', issue, transition };

/** Somebody presses a button on the issue. */
const press = (action_key: string, user: object, on: object = { id: 42, key: 'ORD-42' }) => ({
  action_key,
  organization_id: 3,
  context: { project: { id: 7 }, issue: on, user },
});
const approve = (user: object, on?: object) => press('approve_transition', user, on);

interface Answer {
  status: string;
  message: string;
  metadata: Record<string, unknown>;
}

async function start(overrides: Record<string, string> = {}) {
  const guardian = await createGuardian({ overrides });
  /** The answers to deliveries, one after the other. */
  const answersTo = async (...bodies: object[]) => {
    const answers: Answer[] = [];
    for (const body of bodies) {
      // oxlint-disable-next-line no-await-in-loop -- in this order
      answers.push((await guardian.deliver(body)).body as Answer);
    }
    return answers;
  };
  const statusesOf = async (...bodies: object[]) => (await answersTo(...bodies)).map(({ status }) => status);
  return { ...guardian, answersTo, statusesOf };
}

describe('rules say', () => {
  test.each([
    ['is on the list, however the address is written', { email: 'noor@XN--BCHER-KVA.example' }, ['success', 'allow']],
    ['is on the list by id', { id: 29 }, ['success', 'allow']],
    ['is somebody else', { id: 31, email: 'sam@example.com' }, ['error', 'pending']],
    ['may be somebody else, because Kiket names no address', { id: 23 }, ['error', 'pending']],
  ])('who can approve: somebody who %s', async (_who, user, statuses) => {
    const { statusesOf } = await start({ approvers: 'Noor@Bücher.example, 29' });
    expect(await statusesOf(approve(user), move)).toEqual(statuses);
  });

  test('that approvals given before the list changed do not count', async () => {
    const { answersTo } = await start();
    const [, asked] = await answersTo(approve(noor), { ...move, settings: { approvers: 'omar@example.com' } });
    const message = expect.stringContaining("noor@example.com doesn't count: they aren't on the list") as string;
    expect(asked).toMatchObject({ status: 'pending', message });
  });

  test('that whoever is on the list by id can approve, also after somebody else with the same address', async () => {
    const { statusesOf } = await start();
    const settings = { approvers: '29' };
    await statusesOf(approve(noor));
    const own = { ...approve({ id: 29, email: noor.email }), settings };
    expect(await statusesOf(own, { ...move, settings })).toEqual(['success', 'allow']);
  });

  test.each([
    ['marked', [approve(mira)], true],
    ['not marked where others are enough', [approve(mira), approve(noor)], undefined],
    ['marked when asked again, since that uses no other one', [approve(mira), move, approve(noor)], true],
  ])('that people can approve their own moves, which is %s', async (_how, before, marked) => {
    const { answersTo } = await start({ allow_self_approval: 'true' });
    const answer = (await answersTo(...before, move)).at(-1);
    expect([answer?.status, answer?.metadata['self_approved']]).toEqual(['allow', marked]);
  });

  test('that people can approve their own moves, but not twice, even if only the move shows that it was one person', async () => {
    const { statusesOf } = await start({ allow_self_approval: 'true', required_approvals: '2' });
    const before = { id: mira.id, email: 'mira.meyer@example.com' };
    const asked = [approve(before), approve({ email: mira.email }), move];
    expect(await statusesOf(...asked)).toEqual(['success', 'success', 'pending']);
  });

  const hour = 3_600_000;
  test.each([
    ['just before it expires', [], 24 * hour - 1, 'allow'],
    ['when it expires', [], 24 * hour, 'pending'],
    ['when it was renewed before', [23 * hour], 47 * hour - 1, 'allow'],
    ['when it was given again since', [24 * hour], 48 * hour - 1, 'allow'],
  ])('how long an approval holds: %s', async (_when, again, milliseconds, status) => {
    const { statusesOf, setNow } = await start({ approval_expiry_hours: '24' });
    for (const given of [0, ...again]) {
      setNow(new Date(noon.getTime() + given));
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await statusesOf({ ...approve(noor), sent: given });
    }
    setNow(new Date(noon.getTime() + milliseconds));
    expect(await statusesOf(move)).toEqual([status]);
  });

  test('how long an approval holds, also if only the move says so', async () => {
    const { statusesOf, setNow } = await start();
    await statusesOf(approve(noor));
    setNow(new Date(noon.getTime() + 2 * hour));
    const asked = { ...move, settings: { approval_expiry_hours: 1 } };
    expect(await statusesOf(asked, approve(noor), asked)).toEqual(['pending', 'success', 'allow']);
  });

  const titled = (title: string, more: object = {}) => {
    return { ...issue, title, description: null, custom_fields: { risk: 'low' }, ...more };
  };
  test.each([
    ['the title changed', titled('Another'), 'pending'],
    ['the description was written', titled('Ship it', { description: 'All of it.' }), 'pending'],
    ['the description stayed blank', titled('Ship it', { description: ' ' }), 'allow'],
    ['a custom field changed', titled('Ship it', { custom_fields: { risk: 'high' } }), 'pending'],
    ['a custom field stayed, in another place', titled('Ship it', { custom_fields: {}, risk: 'low' }), 'allow'],
    ['something else changed', titled('Ship it', { priority: 'high' }), 'allow'],
    ['nobody knows what changed', { ...issue, title: 'Ship it' }, 'pending'],
  ])('what is approved: after %s', async (_what, issueNow, status) => {
    const { statusesOf } = await start({ approval_fields: 'title, description, risk' });
    const updated = { event: 'issue.updated', issue: issueNow };
    expect(await statusesOf(approve(noor, titled('Ship it')), updated, move)).toEqual(['success', 'success', status]);
  });

  test('what is approved: what somebody has approved last', async () => {
    const { statusesOf } = await start({ approval_fields: 'title' });
    await statusesOf(...['One', 'Another', 'One'].map((title, sent) => ({ ...approve(noor, titled(title)), sent })));
    const asked = ['Another', 'One'].map((title) => ({ ...move, issue: titled(title) }));
    expect(await statusesOf(...asked)).toEqual(['pending', 'allow']);
  });

  test('what is approved, also before Kiket reports the change', async () => {
    const { answersTo } = await start({ approval_fields: 'title, description' });
    const [, another, same] = await answersTo(
      approve(noor, titled('Ship it')),
      { ...move, issue: titled('Another') },
      { ...move, issue: titled('Ship it') },
    );
    const message = expect.stringContaining("noor@example.com doesn't count: Title changed afterwards") as string;
    expect([another, same]).toMatchObject([{ status: 'pending', message }, { status: 'allow' }]);
  });
});

test.each([
  ['that somebody else gave', [approve(noor)]],
  ['that a move has used', [approve(mira), { ...move, event: 'workflow.after_transition' }]],
  ['that was taken back already', [approve(mira), press('revoke_approval', mira)]],
])('nobody takes back an approval %s', async (_what, before) => {
  const { statusesOf } = await start();
  const again = { ...press('revoke_approval', mira), sent: 'again' };
  expect((await statusesOf(...before, again)).at(-1)).toBe('error');
});
