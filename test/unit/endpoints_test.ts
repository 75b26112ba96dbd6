import { describe, expect, test } from 'vitest';
import { createClient } from '../../src/kiket/client.ts';
import { createEndpoints, type ExtensionEndpoints } from '../../src/kiket/endpoints.ts';
import { handledAt } from '../support/context.ts';
import { startFakeKiket, type Reply } from '../support/fakeKiket.ts';

const extensionId = 'com.example.guardian';
const credential = { header: 'X-Kiket-Runtime-Token', value: 'rt_example', secret: 'rt_example' };

async function start(...replies: Reply[]) {
  const kiket = await startFakeKiket(replies);
  const client = createClient({ baseUrl: kiket.url, credential, extensionId, extensionVersion: '1.0.0' });
  const endpoints = createEndpoints(client, { extensionId, eventVersion: 'v1', now: handledAt });
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
const limit = { limit: 600, remaining: 412, window_seconds: 60, reset_in: 21 };
const issues = '/api/v1/ext/issues';
const rows = '/api/v1/ext/custom_data/com.example.guardian.decisions/decisions';
const extension = '/api/v1/extensions/com.example.guardian';
const moduleKey = 'com.example.guardian.decisions';

type Use = (endpoints: ExtensionEndpoints) => Promise<unknown>;

describe('the endpoint', () => {
  test.each<[string, Use, unknown[], unknown, unknown]>([
    ['issues.get', (kiket) => kiket.issues.get('ORD-42'), ['GET', `${issues}/ORD-42`], issue, issue],
    ['issues.get, wrapped,', (kiket) => kiket.issues.get('ORD-42'), ['GET', `${issues}/ORD-42`], { issue }, issue],
    ['issues.get of an odd key', (kiket) => kiket.issues.get('a/b?c'), ['GET', `${issues}/a%2Fb%3Fc`], issue, issue],
    ['issues.list', (kiket) => kiket.issues.list(), ['GET', issues], { issues: [issue] }, { issues: [issue] }],
    [
      'issues.list by page',
      (kiket) => kiket.issues.list({ page: '2' }),
      ['GET', `${issues}?page=2`],
      { issues: [], pagination: { page: 2, per_page: 20, total_pages: 1, total_count: 3 } },
      { issues: [], pagination: { page: 2, per_page: 20, total_pages: 1, total_count: 3 } },
    ],
    [
      'issues.create',
      (kiket) => kiket.issues.create({ project_key: 'ORD', title: 'Ship' }),
      ['POST', issues, { issue: { project_key: 'ORD', title: 'Ship' } }],
      issue,
      issue,
    ],
    [
      'issues.update',
      (kiket) => kiket.issues.update('ORD-42', { labels: ['ready'] }),
      ['PATCH', `${issues}/ORD-42`, { issue: { labels: ['ready'] } }],
      issue,
      issue,
    ],
    [
      'issues.comment',
      (kiket) => kiket.issues.comment('ORD-42', 'Approved.'),
      ['POST', `${issues}/ORD-42/comments`, { comment: { body: 'Approved.' } }],
      comment,
      comment,
    ],
    [
      'issues.transition',
      (kiket) => kiket.issues.transition('ORD-42', 'done'),
      ['POST', `${issues}/ORD-42/transitions`, { transition: 'done' }],
      issue,
      issue,
    ],
    [
      'customData.list',
      (kiket) => kiket.customData(7).list(moduleKey, 'decisions'),
      ['GET', `${rows}?project_id=7`],
      { data: [row.data] },
      { data: [row.data] },
    ],
    [
      'customData.list of some',
      (kiket) => kiket.customData('7').list(moduleKey, 'decisions', { limit: 5, filters: { decision: 'deny' } }),
      ['GET', `${rows}?project_id=7&limit=5&filters=%7B%22decision%22%3A%22deny%22%7D`],
      { data: [] },
      { data: [] },
    ],
    [
      'customData.get',
      (kiket) => kiket.customData(7).get(moduleKey, 'decisions', 'a/1'),
      ['GET', `${rows}/a%2F1?project_id=7`],
      row,
      row,
    ],
    [
      'customData.create',
      (kiket) => kiket.customData(7).create(moduleKey, 'decisions', { decision: 'deny' }),
      ['POST', `${rows}?project_id=7`, { record: { decision: 'deny' } }],
      row,
      row,
    ],
    [
      'customData.update',
      (kiket) => kiket.customData(7).update(moduleKey, 'decisions', 1, { decision: 'deny' }),
      ['PATCH', `${rows}/1?project_id=7`, { record: { decision: 'deny' } }],
      row,
      row,
    ],
    [
      'customData.delete',
      (kiket) => kiket.customData(7).delete(moduleKey, 'decisions', 1),
      ['DELETE', `${rows}/1?project_id=7`],
      '',
      undefined,
    ],
    [
      'slaEvents.list',
      (kiket) => kiket.slaEvents(7).list(),
      ['GET', '/api/v1/ext/sla/events?project_id=7'],
      { data: [sla] },
      { data: [sla] },
    ],
    [
      'slaEvents.list of some',
      (kiket) => kiket.slaEvents(7).list({ issueId: 42, state: 'imminent', limit: 1 }),
      ['GET', '/api/v1/ext/sla/events?project_id=7&issue_id=42&state=imminent&limit=1'],
      { data: [] },
      { data: [] },
    ],
    [
      'rateLimit',
      (kiket) => kiket.rateLimit(),
      ['GET', '/api/v1/ext/rate_limit'],
      { rate_limit: limit },
      { limit: 600, remaining: 412, windowSeconds: 60, resetIn: 21 },
    ],
    [
      'logEvent',
      (kiket) => kiket.logEvent('approvals.used', { count: 2 }),
      [
        'POST',
        `${extension}/events`,
        { event: 'approvals.used', version: 'v1', data: { count: 2 }, timestamp: handledAt.toISOString() },
      ],
      '',
      undefined,
    ],
    ['getMetadata', (kiket) => kiket.getMetadata(), ['GET', extension], { id: 55 }, { id: 55 }],
    [
      'secrets.get',
      ({ secrets }) => secrets.get('A'),
      ['GET', `${extension}/secrets/A`],
      { key: 'A', value: 'x' },
      'x',
    ],
    [
      'secrets.get, masked,',
      ({ secrets }) => secrets.get('A'),
      ['GET', `${extension}/secrets/A`],
      { value: '****' },
      null,
    ],
    ['secrets.list', ({ secrets }) => secrets.list(), ['GET', `${extension}/secrets`], { keys: ['A'] }, ['A']],
    [
      'secrets.list of objects',
      ({ secrets }) => secrets.list(),
      ['GET', `${extension}/secrets`],
      [{ key: 'A', created_at: '2025-11-10T11:40:00Z' }],
      ['A'],
    ],
    ['secrets.delete', ({ secrets }) => secrets.delete('A'), ['DELETE', `${extension}/secrets/A`], '', undefined],
  ])('%s asks Kiket and reads the answer', async (_name, use, call, body, expected) => {
    const { endpoints, asked } = await start({ body });
    expect(await use(endpoints)).toEqual(expected);
    expect(asked()).toEqual([call]);
  });

  test.each<[string, Use, unknown]>([
    ['issues.get', (kiket) => kiket.issues.get('ORD-42'), { title: 'no key' }],
    ['issues.list', (kiket) => kiket.issues.list(), []],
    ['issues.comment', (kiket) => kiket.issues.comment('ORD-42', 'x'), ''],
    ['customData.list', (kiket) => kiket.customData(7).list(moduleKey, 'decisions'), { data: {} }],
    ['customData.create', (kiket) => kiket.customData(7).create(moduleKey, 'decisions', {}), { data: [] }],
    ['slaEvents.list', (kiket) => kiket.slaEvents(7).list(), { data: [{}] }],
    ['rateLimit', (kiket) => kiket.rateLimit(), { rate_limit: { limit: '600' } }],
    ['getMetadata', (kiket) => kiket.getMetadata(), []],
    ['secrets.get', (kiket) => kiket.secrets.get('A'), []],
    ['secrets.list', (kiket) => kiket.secrets.list(), { secrets: [] }],
  ])('%s refuses an answer of another shape', async (_name, use, body) => {
    const { endpoints } = await start({ body });
    await expect(use(endpoints)).rejects.toMatchObject({ name: 'KiketError', code: 'kiket_refused' });
  });

  test.each<[string, Use]>([
    ['an issue', (kiket) => kiket.issues.get('')],
    ['a row', (kiket) => kiket.customData(7).delete(moduleKey, 'decisions', '')],
    ['a secret', (kiket) => kiket.secrets.delete('')],
    ['a secret two levels up', (kiket) => kiket.secrets.delete('..')],
  ])('of %s does not turn into another one for lack of a name', async (_what, use) => {
    const { endpoints, asked } = await start({});
    await expect(use(endpoints)).rejects.toBeInstanceOf(TypeError);
    expect(asked()).toEqual([]);
  });
});

test.each<[string, Use]>([
  ['issues.create', (kiket) => kiket.issues.create({}, { idempotencyKey: 'evt_1' })],
  ['issues.update', (kiket) => kiket.issues.update('ORD-42', {}, { idempotencyKey: 'evt_1' })],
  ['issues.comment', (kiket) => kiket.issues.comment('ORD-42', 'x', { idempotencyKey: 'evt_1' })],
  ['issues.transition', (kiket) => kiket.issues.transition('ORD-42', 'x', { idempotencyKey: 'evt_1' })],
  ['customData.create', (kiket) => kiket.customData(7).create('m', 't', {}, { idempotencyKey: 'evt_1' })],
])('%s is tried again if it has an idempotency key', async (_name, use) => {
  const body = { ...issue, ...row };
  const { endpoints, calls } = await start({ status: 503 }, { body });
  await use(endpoints);
  expect(calls.map(({ headers }) => headers['idempotency-key'])).toEqual(['evt_1', 'evt_1']);
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
