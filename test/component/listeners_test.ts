import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src/setup.ts';
import { startFakeKiket, type ReceivedCall, type Reply } from '../support/fakeKiket.ts';
import { createGuardian } from '../support/guardian.ts';

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
          invocation_id: 'evt_moved',
          project_id: '7',
          issue_id: '42',
          from_state: 'review',
          to_state: 'done',
          decision: 'allow',
          message: 'Approved by noor@example.com.',
          details: { approvers: ['noor@example.com'] },
          decided_at: '2026-03-02T12:00:00.000Z',
        },
      },
      { comment: { body: 'Moved to "done". Approved by noor@example.com.' } },
    ]);
    expect(columns).toEqual(['id', ...Object.keys((calls[0]?.body as { record: object } | undefined)?.record ?? {})]);
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
    ['no scope at all', { authentication: { ...authentication, scopes: [] } }, []],
    ['the scope for comments alone', { authentication: { ...authentication, scopes: ['comments:write'] } }, [comments]],
  ])('with %s the approvals are spent and the rest is left out', async (_what, differences, expected) => {
    const { deliver, calls, store } = await createGuardianOfKiket([comment]);
    const response = await deliver({ ...moved, ...differences });
    expect([response.status, calls.map(nameOf)]).toEqual([200, expected]);
    const issue = { organization: '3', projectId: '7', projectKey: undefined, id: '42', key: 'ORD-42' };
    expect(await store.approvals.list(issue)).toEqual([]);
  });

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

  test('that will need nothing there is no comment', async () => {
    const kiket = await startFakeKiket([]);
    const overrides = { REQUIRED_APPROVALS: '0' };
    const { deliver } = await createGuardian({ baseUrl: kiket.url, overrides });
    const response = await deliver({ ...created, issue: { ...created.issue, assignee_id: 19 } });
    expect([response.status, kiket.calls]).toEqual([200, []]);
  });

  test('without the scope there is no comment either', async () => {
    const { deliver, calls } = await createGuardianOfKiket([]);
    const response = await deliver({ ...created, authentication: { ...authentication, scopes: ['issues:read'] } });
    expect([response.status, calls]).toEqual([200, []]);
  });
});
