import { askGuard, noon, openTestStore, runAction, testIssue } from 'kiket-express/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { approveTransition } from '../src/actions/approveTransition.ts';
import { revokeApproval } from '../src/actions/revokeApproval.ts';
import extension from '../src/extension.ts';
import { requireApprovals } from '../src/guards/requireApprovals.ts';
import { openApp, settingsWith, startApi } from './support.ts';

const mira = { id: 19, email: 'mira@example.com' };
const noor = { id: 23, email: 'noor@example.com' };
const omar = { id: 29, email: 'omar@example.com' };

const issue = { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3 };
const transition = { from: 'review', to: 'done', performed_by: mira };
const move = { event: 'workflow.before_transition', issue, transition };
const moved = { event: 'workflow.after_transition', issue, transition };

/** Somebody presses a button on the issue. */
const press = (action: string, user: object, on: object = { id: 42, key: 'ORD-42' }) => ({
  action_key: action,
  organization_id: 3,
  context: { project: { id: 7 }, issue: on, user },
});
const approve = (user: object, on?: object) => press('approve_transition', user, on);
const revoke = (user: object) => press('revoke_approval', user);

/** The app with no guard but this one. */
const openWithApprovals = (
  needed = 1,
  settings: Record<string, string> = {},
  store?: Awaited<ReturnType<typeof openTestStore>>,
) =>
  openApp({
    ...(store === undefined ? {} : { store }),
    settings: { required_approvals: String(needed), ...settings },
    extension: { ...extension, guards: { requireApprovals } },
  });

describe('a move', () => {
  test('waits until somebody else approves, and the next one needs a new approval', async () => {
    const { answerTo } = await openWithApprovals();
    expect(await answerTo(move)).toMatchObject({ status: 'pending' });
    await answerTo(approve({ id: 19, email: 'MIRA@example.com' }));
    expect(await answerTo(move)).toMatchObject({
      status: 'pending',
      message:
        'Moving to "done" waits for 1 more approval from anyone but mira@example.com (0 of 1 given). ' +
        "The approval by mira@example.com doesn't count: it comes from the person moving the issue.",
    });
    await answerTo(approve(noor));
    expect(await answerTo(move)).toMatchObject({ status: 'allow' });
    await answerTo(moved);
    expect(await answerTo(move)).toMatchObject({ status: 'pending' });
  });

  test.each([
    ['workflow.after_transition', transition],
    ['issue.transitioned', transition],
    ['issue.transitioned', { from: 'Done', to: 'review' }],
  ])(
    'that %s reports only when its status is not protected any more, or has been left, needs a new approval the next time',
    async (event, reported) => {
      const store = await openTestStore();
      const { answerTo } = await openWithApprovals(1, {}, store);
      const later = await openApp({ store, settings: { protected_statuses: 'released' } });
      await answerTo(approve(noor));
      expect(await answerTo(move)).toMatchObject({ status: 'allow' });
      await later.answerTo({ ...moved, event, transition: { ...transition, to: 'review' } });
      expect(await answerTo(move)).toMatchObject({ status: 'allow' });
      await later.answerTo({ ...moved, event, transition: reported });
      expect(await answerTo(move)).toMatchObject({ status: 'pending' });
    },
  );

  const spellings = ['issue.transitioned', 'issue.updated', 'Issue.Updated', 'workflow.case_updated'];
  test.each(spellings)('that only %s reports uses up an approval', async (event) => {
    const { answerTo } = await openWithApprovals(1, { approval_fields: '[]' });
    await answerTo(approve(noor));
    expect(await answerTo(move)).toMatchObject({ status: 'allow' });
    await answerTo({ ...moved, event });
    expect(await answerTo(move)).toMatchObject({ status: 'pending' });
  });

  test('waits for as many people as are needed', async () => {
    const { answerTo } = await openWithApprovals(2);
    expect(await answerTo(approve(noor))).toMatchObject({ message: 'You approved ORD-42: 1 of 2 approvals given.' });
    expect(await answerTo({ ...approve(noor), sent: 'again' })).toMatchObject({ data: { approvals_given: 1 } });
    expect(await answerTo(move)).toMatchObject({ status: 'pending' });
    await answerTo(approve(omar));
    expect(await answerTo(move)).toMatchObject({ status: 'allow' });
  });

  test('waits again after an approval was taken back', async () => {
    const { answerTo } = await openWithApprovals();
    await answerTo(approve(noor));
    expect(await answerTo(revoke(noor))).toMatchObject({
      status: 'success',
      message: 'You took back your approval of ORD-42.',
    });
    expect(await answerTo(move)).toMatchObject({ status: 'pending' });
  });
});

describe('the settings say', () => {
  const hour = 3_600_000;
  const at = (milliseconds: number) => new Date(noon.getTime() + milliseconds);

  test('who can approve, to anyone who asks', async () => {
    const { answerTo } = await openWithApprovals(1, {
      approvers: 'noor@example.com, omar@example.com, mira@example.com',
    });
    expect(await answerTo(approve({ id: 31, email: 'sam@example.com' }))).toMatchObject({
      message:
        'Only noor@example.com, omar@example.com, or mira@example.com can approve here, and Kiket knows you as sam@example.com (user 31).',
    });
    expect(await answerTo(move)).toMatchObject({
      message: 'Moving to "done" waits for 1 more approval from noor@example.com or omar@example.com (0 of 1 given).',
      metadata: { approval_from: ['email:noor@example.com', 'email:omar@example.com'] },
    });
  });

  test('who can still approve, and whose approval counts', async () => {
    const { answerTo } = await openWithApprovals(2, { approvers: 'noor@example.com, omar@example.com' });
    await answerTo(approve(noor));
    expect((await answerTo(move))['message']).toContain('1 more approval from omar@example.com (1 of 2 given)');
    const later = { ...move, settings: { approvers: 'omar@example.com' } };
    expect((await answerTo(later))['message']).toContain("The approval by noor@example.com doesn't count");
  });

  test.each([
    ['mira@example.com', '1 more approval from somebody else', '(0 of 1 given)', 1],
    ['noor@example.com, mira@example.com', '2 more approvals from noor@example.com', '(0 of 2 given)', 2],
  ])('who can approve, also when those are too few: %s', async (approvers, whom, given, needed) => {
    const { answerTo } = await openWithApprovals(needed, { approvers });
    const message = `Moving to "done" waits for ${whom}, but "Who can approve" in the settings lists nobody else ${given}.`;
    expect(await answerTo(move)).toMatchObject({ status: 'pending', message });
  });

  test('that people can approve their own moves, which is marked', async () => {
    const { answerTo } = await openWithApprovals(1, { allow_self_approval: 'true' });
    expect(await answerTo(move)).toMatchObject({
      message: 'Moving to "done" waits for 1 more approval from anyone (0 of 1 given).',
      metadata: { approval_not_from: [] },
    });
    await answerTo(approve(mira));
    expect(await answerTo(move)).toMatchObject({
      status: 'allow',
      message: 'mira@example.com approved their own move.',
      metadata: { self_approved: true },
    });
  });

  test('until when approvals hold, and when one has expired', async () => {
    const { answerTo, setNow } = await openWithApprovals(2, { approval_expiry_hours: '1' });
    await answerTo(approve(noor));
    expect(await answerTo(move)).toMatchObject({
      message:
        'Moving to "done" waits for 1 more approval from anyone but mira@example.com (1 of 2 given). Approvals given so far expire on Mon 2 Mar 2026, 13:00 UTC.',
    });
    setNow(at(hour));
    expect(await answerTo(move)).toMatchObject({
      message:
        'Moving to "done" waits for 2 more approvals from anyone but mira@example.com (0 of 2 given). Approvals expire after 1 hour. The approval by noor@example.com doesn\'t count: it expired on Mon 2 Mar 2026, 13:00 UTC.',
    });
  });

  const titled = (title: string) => ({ ...issue, title, description: null });
  const updated = (issueNow: object) => ({ event: 'issue.updated', issue: issueNow });
  test('that what is approved does not matter, and an earlier move in an update takes none', async () => {
    const { answerTo } = await openWithApprovals(1, { approval_fields: '[]' });
    await answerTo(approve(noor));
    await answerTo({ ...updated(titled('Another')), transition });
    expect(await answerTo(move)).toMatchObject({ status: 'allow' });
  });

  test.each([
    ['have changed', titled('Another'), 'Title changed'],
    ['may have', { ...issue, title: 'Ship it' }, 'Description may have changed'],
  ])('in a comment whose approvals no longer count, because fields %s', async (_how, issueNow, why) => {
    const { url, calls } = await startApi([{ status: 201, body: { id: 1 } }]);
    const { answerTo, setNow } = await openApp({ baseUrl: url });
    await answerTo(approve(noor, titled('Ship it')));
    setNow(at(1000));
    await answerTo(approve(omar, titled('Ship it')));
    const authentication = { runtime_token: 'rt_test', scopes: ['comments:write'] };
    const update = { ...updated(issueNow), id: 'evt_1', authentication };
    await answerTo(update);
    await answerTo(update);
    const body = `The approvals by noor@example.com and omar@example.com no longer count, because ${why}. Please approve again.`;
    expect(calls).toMatchObject([{ path: '/api/v1/ext/issues/ORD-42/comments', body: { comment: { body } } }]);
  });

  test.each([
    ['approvers', 'Noor'],
    ['approval_expiry_hours', '-1'],
    ['approval_expiry_hours', '721'],
    ['allow_self_approval', 'maybe'],
  ])('not %s=%s', (key, text) => {
    expect(() => settingsWith({ [key]: text })).toThrow(`KIKET_SETTING_${key.toUpperCase()}`);
  });
});

describe('requireApprovals', () => {
  const approvalId = expect.stringMatching(/^approval_[0-9a-f]{16}$/) as string;

  /** Asks about a move after these people have approved the issue. */
  async function ask(approvers: readonly string[], needed: number, mover: readonly string[] = ['id:19']) {
    const store = await openTestStore();
    onTestFinished(() => store.close());
    for (const approver of approvers) {
      // oxlint-disable-next-line no-await-in-loop -- they approve one after the other
      await store.approvals.give(testIssue(), [approver], noon);
    }
    const settings = settingsWith({ required_approvals: String(needed) });
    return askGuard(requireApprovals, { settings, store, transition: { mover } });
  }

  test('says what it waits for, for people and for programs', async () => {
    expect(await ask(['id:23'], 3)).toStrictEqual({
      status: 'pending',
      message: 'Moving to "done" waits for 2 more approvals from anyone but user 19 (1 of 3 given).',
      metadata: {
        approval_id: approvalId,
        approval_not_from: ['id:19', 'id:23'],
        approvals_given: 1,
        approvals_needed: 3,
        passes: 'with 2 more approvals',
      },
    });
  });

  test('waits if nobody knows who moves the issue, and says so', async () => {
    expect(await ask(['id:23'], 1, [])).toMatchObject({
      status: 'pending',
      message: expect.stringContaining('but the person moving it (0 of 1 given). The approval by user 23') as string,
    });
  });

  test('allows with more than enough', async () => {
    const metadata = { approval_id: approvalId, approvals_given: 2, approvals_needed: 1 };
    expect(await ask(['id:23', 'id:29'], 1)).toStrictEqual({ status: 'allow', metadata });
  });

  test('allows a move that needs none without asking the store', async () => {
    const settings = settingsWith({ required_approvals: '0' });
    const store = await openTestStore();
    await store.close();
    expect(await askGuard(requireApprovals, { settings, store })).toStrictEqual({ status: 'allow', metadata: {} });
  });
});

describe('approving and taking it back', () => {
  const settings = settingsWith({ required_approvals: '2' });

  test.each([
    ['its key', {}, 'ORD-42'],
    ['its id if it has no key', { key: undefined }, 'issue 42'],
  ])('call the issue %s', async (_what, differences, name) => {
    expect(await runAction(approveTransition, { settings, issue: differences })).toStrictEqual({
      status: 'success',
      message: `You approved ${name}: 1 of 2 approvals given.`,
      data: { approvals_given: 1, approvals_needed: 2 },
    });
  });

  test.each([
    ['approving', approveTransition],
    ['taking it back', revokeApproval],
  ])('need an issue and somebody: %s', async (_what, action) => {
    const answers = await Promise.all(
      [{ issue: undefined }, { actor: [] }].map((delivery) => runAction(action, { settings, delivery })),
    );
    const missing = ["didn't say which issue", "didn't say who you are"];
    expect(answers).toMatchObject(
      missing.map((text) => ({ status: 'error', message: expect.stringContaining(text) as string })),
    );
  });

  test('are refused where no approvals are needed', async () => {
    const answer = await runAction(approveTransition, { settings: settingsWith({ required_approvals: '0' }) });
    expect(answer.message).toBe('No approvals are needed here: the setting "Required approvals" is 0.');
  });

  test('are refused for an issue that could be either of two', async () => {
    const { answerTo } = await openWithApprovals();
    await answerTo(approve(noor, { id: 42, key: 'ORD-42' }));
    await answerTo(approve(noor, { id: 99, key: 'ORD-42' }));
    const message = 'ORD-42 matches two issues, so neither is approved. Run the action from the issue itself.';
    expect(await answerTo(approve(omar, { key: 'ORD-42' }))).toMatchObject({ status: 'error', message });
  });
});

test.each(['-1', '11', '1.5'])('nobody asks for %s approvals', (text) => {
  expect(() => settingsWith({ required_approvals: text })).toThrow('KIKET_SETTING_REQUIRED_APPROVALS');
});
