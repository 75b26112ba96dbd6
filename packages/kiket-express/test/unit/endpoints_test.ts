import { describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { createEndpoints, type ExtensionEndpoints } from '../../src/client/endpoints.ts';
import { noon } from '../../src/testing/kiket.ts';
import { startFakeKiket, type Reply } from '../support/fakeKiket.ts';

const extensionId = 'com.example.guardian';
const credential = { header: 'X-Kiket-Runtime-Token', value: 'rt_example', secret: 'rt_example' };

async function start(...replies: Reply[]) {
  const kiket = await startFakeKiket(replies);
  const client = createClient({ baseUrl: kiket.url, credential, extensionId, extensionVersion: '1.0.0' });
  const endpoints = createEndpoints(client, { extensionId, eventVersion: 'v1', now: () => noon });
  const asked = () =>
    kiket.calls.map(({ method, path, body }) => [method, path, ...(body === undefined ? [] : [body])]);
  return { endpoints, asked, calls: kiket.calls };
}

const issue = { id: 42, key: 'ORD-42', title: 'Ship', own: true };
const comment = { id: 7, body: 'Approved.' };
const row = { data: { id: 1, decision: 'deny' } };
const sla = {
  id: 12,
  issue_id: 42,
  project_id: 7,
  state: 'imminent',
  triggered_at: '2025-11-10T11:40:00Z',
  resolved_at: null,
};
const form = {
  id: 3,
  key: 'feedback',
  name: 'Feedback',
  active: true,
  public: true,
  fields: [{ key: 'email', label: 'E-mail', fieldType: 'email', required: true }],
  formUrl: 'https://kiket.test/forms/feedback',
  embedAllowed: false,
  submissionsCount: 2,
  createdAt: '2025-11-10T11:40:00Z',
  updatedAt: '2025-11-10T11:40:00Z',
};
/** The same, as Ruby would write it. */
const formInSnakeCase = JSON.parse(
  JSON.stringify({ ...form, description: null }).replaceAll(
    /(?<=\w)[A-Z](?=\w*":)/g,
    (letter) => `_${letter.toLowerCase()}`,
  ),
) as unknown;
const submission = {
  id: 8,
  intakeFormId: 3,
  status: 'pending',
  data: { first_name: 'Mira' },
  createdAt: '2025-11-10T11:40:00Z',
  updatedAt: '2025-11-10T11:40:00Z',
};
const stats = { totalSubmissions: 2, pending: 1, approved: 1, rejected: 0, converted: 0 };
const anchor = { merkle_root: '0xab', leaf_count: 2, network: 'polygon_amoy', status: 'confirmed', tx_hash: null };
const proof = { content_hash: '0xcd', merkle_root: '0xab', leaf_index: 1, proof: ['0xef'], tx_hash: null };
const email = { message_id: '<1@example.com>', from_email: 'mira@example.com', to_email: 'support@example.com' };
const limit = { limit: 600, remaining: 412, window_seconds: 60, reset_in: 21 };
const issues = '/api/v1/ext/issues';
const forms = '/api/v1/ext/intake_forms';
const rows = '/api/v1/ext/custom_data/com.example.guardian.decisions/decisions';
const extension = '/api/v1/extensions/com.example.guardian';
const moduleKey = 'com.example.guardian.decisions';

type Use = (endpoints: ExtensionEndpoints) => Promise<unknown>;

describe('the endpoint', () => {
  test.each<[use: Use, call: string, answer: unknown, expected?: unknown, body?: unknown]>([
    [(kiket) => kiket.issues.get('ORD-42'), `GET ${issues}/ORD-42`, issue],
    [(kiket) => kiket.issues.get('ORD-42'), `GET ${issues}/ORD-42`, { issue }, issue],
    [(kiket) => kiket.issues.get('a/b?c'), `GET ${issues}/a%2Fb%3Fc`, issue],
    [(kiket) => kiket.issues.list(), `GET ${issues}`, { issues: [issue] }],
    [
      (kiket) => kiket.issues.list({ page: '2' }),
      `GET ${issues}?page=2`,
      { issues: [], pagination: { page: 2, per_page: 20, total_pages: 1, total_count: 3 } },
    ],
    [
      (kiket) => kiket.issues.create({ project_key: 'ORD', title: 'Ship' }),
      `POST ${issues}`,
      issue,
      issue,
      { issue: { project_key: 'ORD', title: 'Ship' } },
    ],
    [
      (kiket) => kiket.issues.update('ORD-42', { labels: ['ready'] }),
      `PATCH ${issues}/ORD-42`,
      issue,
      issue,
      { issue: { labels: ['ready'] } },
    ],
    [
      (kiket) => kiket.issues.comment('ORD-42', 'Approved.'),
      `POST ${issues}/ORD-42/comments`,
      comment,
      comment,
      { comment: { body: 'Approved.' } },
    ],
    [
      (kiket) => kiket.issues.transition('ORD-42', 'done'),
      `POST ${issues}/ORD-42/transitions`,
      issue,
      issue,
      { transition: 'done' },
    ],
    [(kiket) => kiket.customData(7).list(moduleKey, 'decisions'), `GET ${rows}?project_id=7`, { data: [row.data] }],
    [
      (kiket) => kiket.customData('7').list(moduleKey, 'decisions', { limit: 5, filters: { decision: 'deny' } }),
      `GET ${rows}?project_id=7&limit=5&filters=%7B%22decision%22%3A%22deny%22%7D`,
      { data: [] },
    ],
    [(kiket) => kiket.customData(7).get(moduleKey, 'decisions', 'a/1'), `GET ${rows}/a%2F1?project_id=7`, row],
    [
      (kiket) => kiket.customData(7).create(moduleKey, 'decisions', { decision: 'deny' }),
      `POST ${rows}?project_id=7`,
      row,
      row,
      { record: { decision: 'deny' } },
    ],
    [
      (kiket) => kiket.customData(7).update(moduleKey, 'decisions', 1, { decision: 'deny' }),
      `PATCH ${rows}/1?project_id=7`,
      row,
      row,
      { record: { decision: 'deny' } },
    ],
    [(kiket) => kiket.customData(7).delete(moduleKey, 'decisions', 1), `DELETE ${rows}/1?project_id=7`, ''],
    [(kiket) => kiket.slaEvents(7).list(), `GET /api/v1/ext/sla/events?project_id=7`, { data: [sla] }],
    [
      (kiket) => kiket.slaEvents(7).list({ issueId: 42, state: 'imminent', limit: 1 }),
      `GET /api/v1/ext/sla/events?project_id=7&issue_id=42&state=imminent&limit=1`,
      { data: [] },
    ],
    [
      (kiket) => kiket.intakeForms(7).list(),
      `GET ${forms}?project_id=7`,
      { data: [formInSnakeCase] },
      { data: [form] },
    ],
    [
      (kiket) => kiket.intakeForms(7).list({ active: true, publicOnly: false, limit: 5 }),
      `GET ${forms}?project_id=7&active=true&public=false&limit=5`,
      { data: [] },
    ],
    [(kiket) => kiket.intakeForms('7').get('a/b'), `GET ${forms}/a%2Fb?project_id=7`, form],
    [
      (kiket) => kiket.intakeForms(7).listSubmissions('feedback', { status: 'pending', since: new Date('2025-11-10') }),
      `GET ${forms}/feedback/submissions?project_id=7&status=pending&since=2025-11-10T00%3A00%3A00.000Z`,
      { data: [submission] },
    ],
    [
      (kiket) => kiket.intakeForms(7).getSubmission('feedback', 8),
      `GET ${forms}/feedback/submissions/8?project_id=7`,
      submission,
    ],
    [
      (kiket) => kiket.intakeForms(7).createSubmission('feedback', { a: 1 }, { metadata: { source: 'ci' } }),
      `POST ${forms}/feedback/submissions`,
      submission,
      submission,
      { project_id: 7, data: { a: 1 }, metadata: { source: 'ci' } },
    ],
    [
      (kiket) => kiket.intakeForms(7).approveSubmission('feedback', 8, 'Fine.'),
      `POST ${forms}/feedback/submissions/8/approve`,
      submission,
      submission,
      { project_id: 7, notes: 'Fine.' },
    ],
    [
      (kiket) => kiket.intakeForms(7).rejectSubmission('feedback', 8),
      `POST ${forms}/feedback/submissions/8/reject`,
      submission,
      submission,
      { project_id: 7 },
    ],
    [
      (kiket) => kiket.intakeForms(7).stats('feedback', 'month'),
      `GET ${forms}/feedback/stats?project_id=7&period=month`,
      stats,
    ],
    [
      (kiket) => kiket.audit.listAnchors({ status: 'confirmed' }),
      `GET /api/v1/audit/anchors?status=confirmed`,
      { anchors: [anchor] },
    ],
    [
      (kiket) => kiket.audit.getAnchor('0xab', { includeRecords: true }),
      `GET /api/v1/audit/anchors/0xab?include_records=true`,
      anchor,
    ],
    [
      (kiket) => kiket.audit.getProof(9, 'AIAuditLog'),
      `GET /api/v1/audit/records/9/proof?record_type=AIAuditLog`,
      proof,
    ],
    [
      (kiket) => kiket.audit.verify({ ...proof, own: true }),
      `POST /api/v1/audit/verify`,
      { verified: true, proof_valid: true, blockchain_verified: true },
      { verified: true, proof_valid: true, blockchain_verified: true },
      proof,
    ],
    [
      (kiket) => kiket.notify('Deployed', 'All of it.'),
      `POST /api/v1/extensions/notifications`,
      '',
      '',
      { title: 'Deployed', body: 'All of it.', level: 'info' },
    ],
    [
      (kiket) => kiket.webhookUrl('inbound_email'),
      `GET /api/v1/ext/webhook_url?action_name=inbound_email`,
      { webhook_url: 'https://kiket.test/webhooks/ext/t/inbound_email' },
    ],
    [
      (kiket) => kiket.receiveEmail(email),
      `POST /api/v1/ext/inbound_emails`,
      { id: 5, status: 'pending' },
      { id: 5, status: 'pending' },
      { inbound_email: email },
    ],
    [
      (kiket) => kiket.rateLimit(),
      `GET /api/v1/ext/rate_limit`,
      { rate_limit: limit },
      { limit: 600, remaining: 412, windowSeconds: 60, resetIn: 21 },
    ],
    [
      (kiket) => kiket.logEvent('approvals.used', { count: 2 }),
      `POST ${extension}/events`,
      '',
      '',
      { event: 'approvals.used', version: 'v1', data: { count: 2 }, timestamp: noon.toISOString() },
    ],
    [(kiket) => kiket.getMetadata(), `GET ${extension}`, { id: 55 }],
    [({ secrets }) => secrets.get('A'), `GET ${extension}/secrets/A`, { key: 'A', value: 'x' }, 'x'],
    [({ secrets }) => secrets.get('A'), `GET ${extension}/secrets/A`, { value: '****' }, null],
    [({ secrets }) => secrets.list(), `GET ${extension}/secrets`, { keys: ['A'] }, ['A']],
    [
      ({ secrets }) => secrets.list(),
      `GET ${extension}/secrets`,
      [{ key: 'A', created_at: '2025-11-10T11:40:00Z' }],
      ['A'],
    ],
    [({ secrets }) => secrets.delete('A'), `DELETE ${extension}/secrets/A`, ''],
  ])('%s: %s', async (use, call, answer, ...[expected = answer, body]) => {
    const { endpoints, asked } = await start({ body: answer });
    expect(await use(endpoints)).toEqual(answer === '' ? undefined : expected);
    expect(asked()).toEqual([body === undefined ? call.split(' ') : [...call.split(' '), body]]);
  });

  test.each<[Use, unknown]>([
    [(kiket) => kiket.issues.get('ORD-42'), { title: 'no key' }],
    [(kiket) => kiket.issues.list(), []],
    [(kiket) => kiket.issues.comment('ORD-42', 'x'), ''],
    [(kiket) => kiket.customData(7).list(moduleKey, 'decisions'), { data: {} }],
    [(kiket) => kiket.customData(7).create(moduleKey, 'decisions', {}), { data: [] }],
    [(kiket) => kiket.slaEvents(7).list(), { data: [{}] }],
    [(kiket) => kiket.intakeForms(7).list(), { data: [{ ...form, id: '3' }] }],
    [(kiket) => kiket.intakeForms(7).getSubmission('feedback', 8), { data: submission }],
    [(kiket) => kiket.intakeForms(7).stats('feedback'), []],
    [(kiket) => kiket.audit.getAnchor('0xab'), { anchor }],
    [(kiket) => kiket.audit.getProof(9), { ...proof, proof: '0xef' }],
    [(kiket) => kiket.audit.verify(proof), { verified: 'yes' }],
    [(kiket) => kiket.webhookUrl(), {}],
    [(kiket) => kiket.receiveEmail(email), ''],
    [(kiket) => kiket.rateLimit(), { rate_limit: { limit: '600' } }],
    [(kiket) => kiket.getMetadata(), []],
    [(kiket) => kiket.secrets.get('A'), []],
    [(kiket) => kiket.secrets.list(), { secrets: [] }],
  ])('%s refuses an answer of another shape', async (use, body) => {
    const { endpoints } = await start({ body });
    await expect(use(endpoints)).rejects.toMatchObject({ name: 'KiketError', code: 'kiket_refused' });
  });

  test.each<[string, Use]>([
    ['an issue', (kiket) => kiket.issues.get('')],
    ['a row', (kiket) => kiket.customData(7).delete(moduleKey, 'decisions', '')],
    ['a secret', (kiket) => kiket.secrets.delete('')],
    ['an intake form', (kiket) => kiket.intakeForms(7).get('')],
    ['a submission', (kiket) => kiket.intakeForms(7).approveSubmission('feedback', '')],
    ['an anchor', (kiket) => kiket.audit.getAnchor('')],
    ['a secret two levels up', (kiket) => kiket.secrets.delete('..')],
  ])('of %s does not turn into another one for lack of a name', async (_what, use) => {
    const { endpoints, asked } = await start({});
    await expect(use(endpoints)).rejects.toBeInstanceOf(TypeError);
    expect(asked()).toEqual([]);
  });
});

test.each<[Use]>([
  [(kiket) => kiket.issues.create({}, { idempotencyKey: 'evt_1' })],
  [(kiket) => kiket.issues.update('ORD-42', {}, { idempotencyKey: 'evt_1' })],
  [(kiket) => kiket.issues.comment('ORD-42', 'x', { idempotencyKey: 'evt_1' })],
  [(kiket) => kiket.issues.transition('ORD-42', 'x', { idempotencyKey: 'evt_1' })],
  [(kiket) => kiket.customData(7).create('m', 't', {}, { idempotencyKey: 'evt_1' })],
  [(kiket) => kiket.intakeForms(7).createSubmission('feedback', {}, { idempotencyKey: 'evt_1' })],
  [(kiket) => kiket.receiveEmail(email, { idempotencyKey: 'evt_1' })],
])('%s is tried again if it has an idempotency key', async (use) => {
  const body = { ...submission, ...issue, ...row };
  const { endpoints, calls } = await start({ status: 503 }, { body });
  await use(endpoints);
  expect(calls.map(({ headers }) => headers['idempotency-key'])).toEqual(['evt_1', 'evt_1']);
});

test('the public URL of an intake form is that of a form that is public', async () => {
  const { endpoints } = await start();
  const intake = endpoints.intakeForms(7);
  expect([intake.publicUrl(form), intake.publicUrl({ ...form, public: false })]).toEqual([form.formUrl, null]);
});

describe('a secret', () => {
  const all = `${extension}/secrets`;
  const create = ['POST', all, { secret: { key: 'A', value: 'x' } }];
  const update = ['PATCH', `${all}/A`, { secret: { value: 'x' } }];
  const put = ['POST', `${all}/A`, { value: 'x' }];
  const set: Use = ({ secrets }) => secrets.set('A', 'x');
  const rotate: Use = ({ secrets }) => secrets.rotate('A', 'x');

  test.each<[string, Use, number[], unknown[]]>([
    ['is written', set, [201], [create]],
    ['that is there already is changed', set, [422, 200], [create, update]],
    ["is written in the Node SDK's form where Kiket knows no other", set, [404, 405, 200], [create, update, put]],
    ['is rotated by changing it, and never deleted', rotate, [200], [update]],
    ['is written when it is rotated and was never there', rotate, [404, 201], [update, create]],
  ])('%s', async (_what, use, statuses, expected) => {
    const { endpoints, asked } = await start(...statuses.map((status) => ({ status })));
    await use(endpoints);
    expect(asked()).toEqual(expected);
  });

  test.each([401, 403, 500])('is not tried in another form after %i', async (status) => {
    const { endpoints, asked } = await start({ status }, { status: 200 });
    await expect(set(endpoints)).rejects.toMatchObject({ status });
    expect(asked()).toEqual([create]);
  });

  test('that Kiket takes in no form fails with what it said first', async () => {
    const { endpoints } = await start({ status: 422 }, { status: 404 }, { status: 405 });
    await expect(set(endpoints)).rejects.toMatchObject({ status: 422 });
  });

  test('that is not there is null, and one that may not be read is an error', async () => {
    const { endpoints } = await start({ status: 404 }, { status: 403 });
    expect(await endpoints.secrets.get('A')).toBeNull();
    await expect(endpoints.secrets.get('A')).rejects.toMatchObject({ status: 403 });
  });
});
