import { expect, test } from 'vitest';
import { openApp, startApi } from './support.ts';

const created = {
  event: 'issue.created',
  issue: { id: 43, key: 'ORD-43', title: 'Refund a return', due_date: null, project_id: 7, organization_id: 3 },
};
const authentication = { runtime_token: 'rt_test', scopes: ['comments:write'] };

/** What the log and a comment say that a new issue will need. */
async function resultOf(settings: Record<string, string>, body: object = { ...created, authentication }) {
  const { url, calls } = await startApi([{ status: 201, body: { id: 1 } }]);
  const { deliver, logged } = await openApp({ settings, baseUrl: url });
  const { status } = await deliver(body);
  const { needs } = logged().find(({ msg }) => msg === 'what the new issue needs') ?? {};
  return { status, needs, comments: calls.map((call) => [`${call.method} ${call.path}`, call.body]) };
}

/** Settings by which a new issue needs nothing. */
const nothing: Record<string, string> = {
  // example: fields
  required_fields: '',
  // end
  // example: checks
  checks_url: '',
  // end
  // example: approvals
  required_approvals: '0',
  // end
};

test.each<[string, Record<string, string>]>([
  // example: fields
  // Nothing says whether `team` is filled in, so it isn't asked for.
  ['Due date filled in', { required_fields: 'title, due_date, team' }],
  // end
  // example: checks
  ['green checks', { checks_url: 'https://checks.example.com/{issue}' }],
  // end
  // example: approvals
  ['1 approval from anyone but the person moving it', { required_approvals: '1' }],
  ['2 approvals from anyone', { required_approvals: '2', allow_self_approval: 'true' }],
  ['1 approval from noor@example.com or user 29', { required_approvals: '1', approvers: 'noor@example.com, 29' }],
  // end
])('log and comment say that a new issue will need %s', async (need, settings) => {
  const text = `Before moving this issue to "done" or "released", it needs ${need}.`;
  expect(await resultOf({ ...nothing, protected_statuses: 'done, released', ...settings })).toEqual({
    status: 200,
    needs: [need],
    comments: [['POST /api/v1/ext/issues/ORD-43/comments', { comment: { body: text } }]],
  });
});

test('an issue that will need nothing gets no comment', async () => {
  expect(await resultOf(nothing)).toEqual({ status: 200, needs: [], comments: [] });
});

test('without a token there is no comment', async () => {
  const needs = expect.any(Array) as unknown;
  expect(await resultOf({}, created)).toMatchObject({ status: 200, needs, comments: [] });
});

test('a delivery that does not say which issue it is about is not noted', async () => {
  expect(await resultOf({}, { event: 'issue.created' })).toEqual({ status: 200, needs: undefined, comments: [] });
});
