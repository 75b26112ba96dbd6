import { describe, expect, test } from 'vitest';
import { extension as begin } from '../../src/extension/define.ts';
import { extension } from '../fixture/src/extension.ts';
import { startFakeKiket, type Reply } from '../support/fakeKiket.ts';
import { createGuardian } from '../support/guardian.ts';

const { listener, define } = begin({ settings: extension.settingsSchema });

const authentication = {
  runtime_token: 'rt_example',
  expires_at: '2026-03-02T12:15:00Z',
  scopes: ['custom_data:write', 'write:comments'],
};
const moved = {
  id: 'evt_moved',
  event: 'workflow.after_transition',
  occurred_at: '2026-03-02T12:00:00Z',
  issue: { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3 },
  transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
  authentication,
};

const comments = 'POST /api/v1/ext/issues/ORD-42/comments';
const rows = 'POST /api/v1/ext/custom_data/com.example.rows/moves?project_id=7';
const row: Reply = { status: 201, body: { data: { id: 1 } } };
const comment: Reply = { status: 201, body: { id: 1 } };
const refusal: Reply = { status: 403, body: { error: 'Insufficient scopes' } };

/** Writes a row, a comment that says who approved, and two more rows. */
const record = listener(async ({ approvals, ifAllowed, kiket, step, writeRow }) => {
  const { approvers: by } = await approvals.spend();
  const write = (...names: string[]) =>
    ifAllowed('custom_data:write', async () => {
      for (const name of names) {
        // oxlint-disable-next-line no-await-in-loop -- one call after the other
        await writeRow({ module: 'com.example.rows', table: 'moves', projectId: '7', name, record: { name } });
      }
    });
  await write('one');
  await ifAllowed('comments:write', () =>
    step('comment', async (idempotencyKey) => {
      await kiket.issues.comment('ORD-42', `Approved by ${by.join(', ')}.`, { idempotencyKey });
    }),
  );
  await write('two', 'three');
});

/** A guardian beside a Kiket that answers so, and an issue that Noor has approved. */
async function start(replies: Reply[], listens = record) {
  const { url, calls } = await startFakeKiket(replies);
  const { actions } = extension;
  const listeners = { 'workflow.after_transition': listens };
  const guardian = await createGuardian({ baseUrl: url, extension: { ...define({ listeners }), actions } });
  const context = { project: { id: 7 }, issue: { id: 42, key: 'ORD-42' }, user: { email: 'noor@example.com' } };
  await guardian.deliver({ action_key: 'approve_transition', organization_id: 3, context });
  const made = () => calls.map(({ method, path }) => `${method} ${path}`);
  const written = () => calls.flatMap(({ body }) => (body as { record?: { name: string } }).record?.name ?? []);
  return { ...guardian, calls, made, written };
}

describe('what a listener does', () => {
  test('happens once, even if Kiket is down in between and the delivery comes again with another token', async () => {
    const { deliver, calls, made } = await start([row, { status: 500 }, comment, row, { status: 500 }, row]);
    const failed = await deliver(moved);
    const again = await deliver({ ...moved, authentication: { ...authentication, runtime_token: 'rt_another' } });
    const third = await deliver(moved);
    const fourth = await deliver(moved);
    expect([failed.status, failed.body]).toMatchObject([503, { error: { code: 'kiket_unavailable' } }]);
    expect([again, third, fourth].map(({ status }) => status)).toEqual([503, 200, 200]);
    expect(made()).toEqual([rows, comments, comments, rows, rows, rows]);
    // Who approved is known at the second time too, and Kiket can tell that it is the same comment.
    const keys = calls.map(({ headers }) => headers['idempotency-key']);
    expect(calls[2]?.body).toEqual({ comment: { body: 'Approved by noor@example.com.' } });
    expect([keys[2], keys[5], new Set(keys).size]).toEqual([keys[1], keys[4], 4]);
    expect(calls[2]?.headers['x-kiket-runtime-token']).toBe('rt_another');
  });

  test('is each of its comments, once', async () => {
    const twice = listener(async ({ comment: say }) => {
      await say('Moved.');
      await say('Approved.');
    });
    const { deliver, calls } = await start([comment, { status: 500 }, comment], twice);
    expect([(await deliver(moved)).status, (await deliver(moved)).status]).toEqual([503, 200]);
    const said = calls.map(({ body }) => (body as { comment: { body: string } }).comment.body);
    expect(said).toEqual(['Moved.', 'Approved.', 'Approved.']);
  });

  test.each<[string, object, string[]]>([
    ['no token', { authentication: {} }, []],
    ['an expired token', { authentication: { ...authentication, expires_at: '2026-03-02T11:00:00Z' } }, []],
    ['other scopes', { authentication: { ...authentication, scopes: ['projects:read'] } }, []],
    ['the scope for comments alone', { authentication: { ...authentication, scopes: ['comments:write'] } }, [comments]],
  ])('is left out where it needs Kiket and there is %s', async (_what, differences, expected) => {
    const { deliver, made, store } = await start([comment]);
    const response = await deliver({ ...moved, ...differences });
    expect([response.status, made()]).toEqual([200, expected]);
    const issue = { organization: '3', projectId: '7', projectKey: undefined, id: '42', key: 'ORD-42' };
    expect(await store.approvals.list(issue)).toEqual([]);
  });

  test.each([[undefined], [[]], [['project:27']]])(
    'is tried with scopes like %j, which say nothing, and a 403 is the answer',
    async (scopes) => {
      const { deliver, made, logged } = await start([refusal, refusal, refusal]);
      const response = await deliver({ ...moved, authentication: { ...authentication, scopes } });
      // No second row is offered to a Kiket that refuses the first.
      expect([response.status, made()]).toEqual([200, [rows, comments, rows]]);
      const refused = { level: 'warn', scope: 'custom_data:write', msg: 'Kiket refused a call' };
      expect(logged()).toContainEqual(expect.objectContaining(refused));
    },
  );
});

test.each([409, 422])('a row that Kiket does not take (HTTP %i) keeps no other from being written', async (status) => {
  const { deliver, written, logged } = await start([row, comment, { status, body: { error: 'taken' } }, row]);
  expect((await deliver(moved)).status).toBe(200);
  expect(written()).toEqual(['one', 'two', 'three']);
  const refused = { level: 'warn', row: 'two', msg: 'Kiket refused a row' };
  expect(logged()).toContainEqual(expect.objectContaining(refused));
});
