import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src/server/setup.ts';
import { startFakeKiket, type ReceivedCall, type Reply } from '../support/fakeKiket.ts';
import { createGuardian, noon } from '../support/guardian.ts';

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
const created = {
  id: 'evt_created',
  event: 'issue.created',
  issue: { id: 43, key: 'ORD-43', title: 'Refund a return', project_id: 7, organization_id: 3 },
  authentication,
};
const approval = {
  action_key: 'approve_transition',
  organization_id: 3,
  context: { project: { id: 7 }, issue: { id: 42, key: 'ORD-42' }, user: { id: 23, email: 'noor@example.com' } },
};

const rows = 'POST /api/v1/ext/custom_data/com.example.webhook-guardian.decisions/decisions?project_id=7';
const comments = 'POST /api/v1/ext/issues/ORD-42/comments';
/** The columns of the table, in the schema that Kiket installs. */
const schema = readFileSync(join(projectRoot, '.kiket', 'modules', 'guard_decisions', 'schema.yml'), 'utf8');
const { tables } = parse(schema) as { tables: { decisions: { columns: { name: string }[] } } };
const columns = tables.decisions.columns.map(({ name }) => name);

const rowId = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
const anyText = expect.any(String) as string;
const nameOf = ({ method, path }: ReceivedCall) => `${method} ${path}`;
const row: Reply = { status: 201, body: { data: { id: 1 } } };
const comment: Reply = { status: 201, body: { id: 1 } };

/** A guardian that calls a Kiket which answers so, and an issue that Noor has approved. */
async function createGuardianOfKiket(replies: Reply[]) {
  const kiket = await startFakeKiket(replies);
  const guardian = await createGuardian({ baseUrl: kiket.url });
  await guardian.deliver(approval);
  return { ...guardian, ...kiket };
}

describe('after a move into a protected status', () => {
  test('Kiket gets a row and a comment that say who approved', async () => {
    const { deliver, calls } = await createGuardianOfKiket([row, comment]);
    const response = await deliver(moved);
    expect([response.status, response.body]).toEqual([200, { status: 'success', message: 'Noted.', data: {} }]);
    expect(calls.map(nameOf)).toEqual([rows, comments]);
    expect(calls.map(({ body }) => body)).toEqual([
      {
        record: {
          invocation_id: rowId,
          move_id: rowId,
          project_id: '7',
          issue_id: '42',
          from_state: 'review',
          to_state: 'done',
          decision: 'allow',
          message: 'Approved by noor@example.com.',
          details: { approvers: ['noor@example.com'], reasons: [], failure: null },
          decided_at: '2026-03-02T12:00:00.000Z',
        },
      },
      { comment: { body: 'Moved to "done". Approved by noor@example.com.' } },
    ]);
    expect(columns).toEqual(['id', ...Object.keys((calls[0]?.body as { record?: object } | undefined)?.record ?? {})]);
    const keys = calls.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(2);
    expect(keys).not.toContain(undefined);
  });

  test('a Kiket that is down is asked to deliver again, and what was done is not done twice', async () => {
    const { deliver, calls } = await createGuardianOfKiket([row, { status: 500 }, comment]);
    const failed = await deliver(moved);
    const again = await deliver({ ...moved, authentication: { ...authentication, runtime_token: 'rt_another' } });
    const third = await deliver(moved);
    expect([failed.status, failed.body]).toMatchObject([503, { error: { code: 'kiket_unavailable' } }]);
    expect([again.status, third.status]).toEqual([200, 200]);
    expect(calls.map(nameOf)).toEqual([rows, comments, comments]);
    const [, first, second] = calls;
    // Who approved is known at the second time too, and Kiket can tell that it is the same comment.
    expect(second?.body).toEqual({ comment: { body: 'Moved to "done". Approved by noor@example.com.' } });
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    expect(second?.headers['x-kiket-runtime-token']).toBe('rt_another');
  });

  test.each<[string, object, string[]]>([
    ['no token', { authentication: {} }, []],
    ['an expired token', { authentication: { ...authentication, expires_at: '2026-03-02T11:00:00Z' } }, []],
    ['other scopes', { authentication: { ...authentication, scopes: ['projects:read'] } }, []],
    ['the scope for comments alone', { authentication: { ...authentication, scopes: ['comments:write'] } }, [comments]],
  ])('with %s the approvals are spent and the rest is left out', async (_what, differences, expected) => {
    const { deliver, calls, store } = await createGuardianOfKiket([comment]);
    const response = await deliver({ ...moved, ...differences });
    expect([response.status, calls.map(nameOf)]).toEqual([200, expected]);
    const issue = { organization: '3', projectId: '7', projectKey: undefined, id: '42', key: 'ORD-42' };
    expect(await store.approvals.list(issue)).toEqual([]);
  });

  test.each([[undefined], [[]], [['project:27']]])(
    'with scopes like %j, which say nothing, both are tried, and a 403 is the answer',
    async (scopes) => {
      const refusal = { status: 403, body: { error: 'Insufficient scopes' } };
      const { deliver, calls } = await createGuardianOfKiket([refusal, refusal]);
      const response = await deliver({ ...moved, authentication: { ...authentication, scopes } });
      expect([response.status, calls.map(nameOf)]).toEqual([200, [rows, comments]]);
    },
  );

  test('what Kiket refuses is logged and not tried again', async () => {
    const refusal = { status: 403, body: { error: 'Insufficient scopes' } };
    const { deliver, calls, logged } = await createGuardianOfKiket([refusal, comment]);
    const response = await deliver(moved);
    expect([response.status, calls.map(nameOf)]).toEqual([200, [rows, comments]]);
    expect(logged()).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        scope: 'custom_data:write',
        msg: 'Kiket refused a call',
      }),
    );
  });

  test('in a project that nobody names, there is a comment alone', async () => {
    const { deliver, calls } = await createGuardianOfKiket([comment]);
    const { project_id: _project, ...issue } = moved.issue;
    await deliver({ ...moved, issue });
    expect(calls.map(nameOf)).toEqual([comments]);
    expect(calls[0]?.body).toEqual({ comment: { body: 'Moved to "done". Nobody had to approve.' } });
  });
});

describe('the decisions on the way to a move', () => {
  const asked = (id: string, issue: object = {}) => ({
    id,
    event: 'workflow.before_transition',
    issue: { ...moved.issue, ...issue },
    transition: moved.transition,
  });
  const waits = 'Moving to "done" waits for 1 more approval by somebody other than mira@example.com (0 of 1 given).';
  const fillIn = 'Fill in assignee_id before this issue moves to "done".';

  /** A guardian that has denied a move, then made it wait, then allowed it, each a minute after the other. */
  async function createAskedGuardian(replies: Reply[], overrides: Record<string, string> = {}) {
    const kiket = await startFakeKiket(replies);
    const guardian = await createGuardian({ baseUrl: kiket.url, overrides });
    const { deliver, setNow } = guardian;
    const after = (minutes: number) => new Date(noon.getTime() + minutes * 60_000);
    await deliver(asked('evt_denied', { assignee_id: null }));
    setNow(after(1));
    await deliver(asked('evt_waiting', { assignee_id: 19 }));
    await deliver(approval);
    setNow(after(2));
    await deliver(asked('evt_allowed', { assignee_id: 19 }));
    setNow(after(3));
    const rowsOf = (calls: readonly ReceivedCall[]) =>
      calls
        .filter((call) => nameOf(call) === rows)
        .map(({ body }) => (body as { record: Record<string, unknown> }).record);
    return { ...guardian, ...kiket, rowsOf };
  }
  const lateMove = {
    ...moved,
    occurred_at: '2026-03-02T12:02:30Z',
    authentication: { ...authentication, expires_at: '2026-03-02T13:00:00Z' },
  };

  test('are told after it, with their reasons, and the allow is the move itself', async () => {
    const { deliver, calls, rowsOf } = await createAskedGuardian([row, comment, row, row]);
    expect((await deliver(lateMove)).status).toBe(200);
    expect(calls.map(nameOf)).toEqual([rows, comments, rows, rows]);
    const shared = { move_id: rowId, project_id: '7', issue_id: '42', from_state: 'review', to_state: 'done' };
    expect(rowsOf(calls)).toEqual([
      expect.objectContaining({ ...shared, invocation_id: rowId, decision: 'allow' }),
      {
        ...shared,
        invocation_id: anyText,
        decision: 'deny',
        message: `${fillIn} ${waits}`,
        details: {
          approvers: [],
          reasons: [
            { guard: 'requireFields', status: 'deny', message: fillIn },
            { guard: 'requireApprovals', status: 'pending', message: waits },
          ],
          failure: null,
        },
        decided_at: '2026-03-02T12:00:00.000Z',
      },
      {
        ...shared,
        invocation_id: anyText,
        decision: 'pending',
        message: waits,
        details: {
          approvers: [],
          reasons: [{ guard: 'requireApprovals', status: 'pending', message: waits }],
          failure: null,
        },
        decided_at: '2026-03-02T12:01:00.000Z',
      },
    ]);
    expect(new Set(rowsOf(calls).map(({ invocation_id: id }) => id)).size).toBe(3);
    for (const each of rowsOf(calls)) expect(columns).toEqual(['id', ...Object.keys(each)]);
  });

  test('are told once, also if Kiket fails in between and the delivery comes again', async () => {
    const { deliver, calls, rowsOf } = await createAskedGuardian([row, comment, row, { status: 500 }, row]);
    expect((await deliver(lateMove)).status).toBe(503);
    expect((await deliver(lateMove)).status).toBe(200);
    expect((await deliver(lateMove)).status).toBe(200);
    expect(calls.map(nameOf)).toEqual([rows, comments, rows, rows, rows]);
    expect(rowsOf(calls).map(({ decision }) => decision)).toEqual(['allow', 'deny', 'pending', 'pending']);
    const [failed, again] = calls.slice(3);
    expect(again?.body).toEqual(failed?.body);
    expect(again?.headers['idempotency-key']).toBe(failed?.headers['idempotency-key']);
  });

  test('are told with one move and no other', async () => {
    const { deliver, calls, rowsOf } = await createAskedGuardian([row, comment, row, row, row, comment]);
    await deliver(lateMove);
    await deliver({ ...lateMove, id: 'evt_moved_again', occurred_at: '2026-03-02T12:02:40Z' });
    const told = rowsOf(calls);
    const moves = [...new Set(told.map(({ move_id: move }) => move))];
    expect(told.map(({ move_id: move, decision }) => [moves.indexOf(move), decision])).toEqual([
      [0, 'allow'],
      [0, 'deny'],
      [0, 'pending'],
      [1, 'allow'],
    ]);
  });

  test.each([409, 422])('are told beside one that Kiket has already (HTTP %i)', async (status) => {
    const refusal = { status, body: { error: 'invocation_id has been taken' } };
    const { deliver, calls, logged } = await createAskedGuardian([refusal, comment, refusal, row]);
    expect((await deliver(lateMove)).status).toBe(200);
    expect(calls.map(nameOf)).toEqual([rows, comments, rows, rows]);
    const refused = { level: 'warn', row: rowId, msg: 'Kiket did not take a row' };
    expect(logged()).toContainEqual(expect.objectContaining(refused));
  });

  test('are not offered one by one to a Kiket that refuses them', async () => {
    const refusal = { status: 403, body: { error: 'Insufficient scopes' } };
    const { deliver, calls } = await createAskedGuardian([refusal, comment, refusal, row]);
    expect((await deliver(lateMove)).status).toBe(200);
    expect(calls.map(nameOf)).toEqual([rows, comments, rows]);
  });

  test.each<[string, string, string[]]>([
    ['into another status are not told', 'released', ['allow']],
    ['into the same status are told, however it is written', 'Done', ['allow', 'deny', 'pending']],
  ])('%s', async (_what, to, expected) => {
    const replies = [row, comment, row, row];
    const { deliver, calls, rowsOf } = await createAskedGuardian(replies, { PROTECTED_STATUSES: 'done, released' });
    await deliver({ ...lateMove, transition: { ...moved.transition, to } });
    expect(rowsOf(calls).map(({ decision }) => decision)).toEqual(expected);
    expect(new Set(rowsOf(calls).map(({ to_state: state }) => state))).toEqual(new Set([to]));
  });

  test('that allowed without being able to decide are told in the row of the move', async () => {
    const kiket = await startFakeKiket([row, comment]);
    const overrides = { FAILURE_POLICY: 'allow', REQUIRED_APPROVALS: '0', CHECKS_URL: 'http://127.0.0.1:1/{issue}' };
    const { deliver } = await createGuardian({ baseUrl: kiket.url, overrides });
    await deliver(asked('evt_trusted', { assignee_id: 19 }));
    await deliver(moved);
    expect(kiket.calls[0]?.body).toMatchObject({
      record: {
        decision: 'allow',
        details: {
          reasons: [{ guard: 'checksPass', status: 'allow', message: expect.stringContaining('could not decide') }],
          failure: anyText,
        },
      },
    });
  });

  test('are left out without a token, and stay so', async () => {
    const { deliver, calls, rowsOf } = await createAskedGuardian([row, comment]);
    await deliver({ ...lateMove, authentication: {} });
    await deliver({ ...lateMove, id: 'evt_moved_again' });
    expect(rowsOf(calls).map(({ decision }) => decision)).toEqual(['allow']);
  });
});

describe('when an issue is created', () => {
  test('a comment says what it will need', async () => {
    const { deliver, calls } = await createGuardianOfKiket([comment]);
    const response = await deliver(created);
    expect([response.status, calls.map(nameOf)]).toEqual([200, ['POST /api/v1/ext/issues/ORD-43/comments']]);
    expect(calls[0]?.body).toEqual({
      comment: {
        body: 'Before this issue moves to "done" it needs assignee_id filled in, and 1 approval by somebody else.',
      },
    });
  });

  test('a field that was not sent is asked for, and green checks are needed too where they are asked', async () => {
    const issue = { body: { key: 'ORD-43', assignee: { id: 19 } } };
    const kiket = await startFakeKiket([issue, comment]);
    const overrides = { CHECKS_URL: 'https://checks.example.com/{issue}' };
    const { deliver } = await createGuardian({ baseUrl: kiket.url, overrides });
    const scopes = ['issues:read', 'comments:write'];
    await deliver({ ...created, authentication: { ...authentication, scopes } });
    expect(kiket.calls.map(({ body }) => body)).toEqual([
      undefined,
      {
        comment: { body: 'Before this issue moves to "done" it needs green checks, and 1 approval by somebody else.' },
      },
    ]);
  });

  test('that will need nothing there is no comment', async () => {
    const kiket = await startFakeKiket([]);
    const overrides = { REQUIRED_APPROVALS: '0' };
    const { deliver } = await createGuardian({ baseUrl: kiket.url, overrides });
    const response = await deliver({ ...created, issue: { ...created.issue, assignee_id: 19 } });
    expect([response.status, kiket.calls]).toEqual([200, []]);
  });

  test('without the scope there is no comment either', async () => {
    const { deliver, calls } = await createGuardianOfKiket([]);
    const response = await deliver({ ...created, authentication: { ...authentication, scopes: ['projects:read'] } });
    expect([response.status, calls]).toEqual([200, []]);
  });
});
