import { describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { startFakeKiket } from '../support/fakeKiket.ts';

const path = '/api/v1/ext/issues';
const ok = { body: { ok: true } };

describe('a client outside a delivery', () => {
  test.each([
    [{ apiKey: 'ek_example' }, { 'x-kiket-api-key': 'ek_example' }, ['authorization']],
    [{ workspaceToken: 'wt_example' }, { authorization: 'Bearer wt_example' }, ['x-kiket-api-key']],
  ])('made of %o identifies itself only with that', async (credential, headers, others) => {
    const { url, calls } = await startFakeKiket([ok]);
    const client = createClient({ ...credential, baseUrl: url });
    expect(await client.get(path)).toEqual(ok.body);
    expect(calls[0]?.headers).toMatchObject(headers);
    for (const other of [...others, 'x-kiket-runtime-token']) expect(calls[0]?.headers).not.toHaveProperty(other);
  });

  test.each(['', ' ', 'two words', 'line\nbreak'])('is not made of %j', (text) => {
    expect(() => createClient({ apiKey: text })).toThrow(TypeError);
    expect(() => createClient({ workspaceToken: text })).toThrow(TypeError);
  });

  test('is not made of nothing', () => {
    expect(() => createClient({})).toThrow(TypeError);
  });

  test('has the endpoints that handlers have', async () => {
    const { url, calls } = await startFakeKiket([{ status: 201, body: { data: { id: 1 } } }, {}]);
    const kiket = createClient({ workspaceToken: 'wt_example', baseUrl: url, extensionId: 'com.example.fixture' });
    expect(await kiket.customData(7).create('com.example.fixture.rows', 'rows', { name: 'one' })).toEqual({
      data: { id: 1 },
    });
    await kiket.notify('Done', 'One row was written.');
    expect(calls).toMatchObject([
      { path: '/api/v1/ext/custom_data/com.example.fixture.rows/rows?project_id=7', body: { record: { name: 'one' } } },
      { path: '/api/v1/extensions/notifications', body: { title: 'Done', level: 'info' } },
    ]);
  });

  test('has its own limit for calls that name none', async () => {
    const { url } = await startFakeKiket([{ status: 429, headers: { 'Retry-After': '1' } }, ok]);
    const client = createClient({ apiKey: 'ek_example', baseUrl: url, timeoutMs: 500 });
    // A second is more than there is, and less than other clients have.
    await expect(client.get(path)).rejects.toMatchObject({ status: 429 });
  });
});
