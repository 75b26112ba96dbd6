import { describe, expect, test } from 'vitest';
import { openApp, startApi } from './support.ts';

const moved = {
  id: 'evt_moved',
  event: 'workflow.after_transition',
  issue: { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3 },
  transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
  authentication: { runtime_token: 'rt_test', scopes: ['comments:write'] },
};
const comment = { status: 201, body: { id: 1 } };

/** The app, and a Kiket that answers so. */
async function openWithKiket(replies: Parameters<typeof startApi>[0]) {
  const { url, calls } = await startApi(replies);
  return { ...(await openApp({ baseUrl: url })), calls };
}

describe('after a move', () => {
  test('into a protected status, a comment says so', async () => {
    const { deliver, calls } = await openWithKiket([comment]);
    const { status, body } = await deliver(moved);
    expect([status, body]).toEqual([200, { status: 'success', message: 'Noted.', data: {} }]);
    expect(calls).toMatchObject([
      { method: 'POST', path: '/api/v1/ext/issues/ORD-42/comments', body: { comment: { body: 'Moved to "done".' } } },
    ]);
  });

  // example: approvals
  test('the comment says who approved', async () => {
    const { deliver, calls } = await openWithKiket([comment]);
    await deliver({
      action_key: 'approve_transition',
      organization_id: 3,
      context: { project: { id: 7 }, issue: { id: 42, key: 'ORD-42' }, user: { id: 23, email: 'noor@example.com' } },
    });
    await deliver(moved);
    expect(calls).toMatchObject([{ body: { comment: { body: 'Moved to "done". Approved by noor@example.com.' } } }]);
  });

  test('the comment marks the approval of the person who moved it', async () => {
    const { url, calls } = await startApi([comment]);
    const { deliver } = await openApp({ baseUrl: url, settings: { allow_self_approval: 'true' } });
    const user = { id: 19, email: 'mira@example.com' };
    const context = { project: { id: 7 }, issue: { id: 42, key: 'ORD-42' }, user };
    await deliver({ action_key: 'approve_transition', organization_id: 3, context });
    await deliver(moved);
    const body = 'Moved to "done". Approved by mira@example.com (their own move).';
    expect(calls).toMatchObject([{ body: { comment: { body } } }]);
  });
  // end

  test.each([
    ['into another status', { ...moved, transition: { ...moved.transition, to: 'review' } }],
    ['to nobody knows where', { ...moved, transition: undefined }],
    ['of nobody knows what', { ...moved, issue: undefined, transition: undefined }],
    ['without the scope', { ...moved, authentication: { ...moved.authentication, scopes: ['projects:read'] } }],
  ])('%s, there is no comment', async (_what, body) => {
    const { deliver, calls } = await openWithKiket([comment]);
    const { status } = await deliver(body);
    expect([status, calls]).toEqual([200, []]);
  });
});
