import { describe, expect, test } from 'vitest';
import { createJobClient } from '../../src/client/index.ts';
import { startFakeKiket } from '../support/fakeKiket.ts';

const path = '/api/v1/ext/issues';
const ok = { body: { ok: true } };

describe('a client outside a delivery', () => {
  test.each([
    [{ apiKey: 'ek_example' }, { 'x-kiket-api-key': 'ek_example' }, ['authorization']],
    [{ workspaceToken: 'wt_example' }, { authorization: 'Bearer wt_example' }, ['x-kiket-api-key']],
  ])('made of %o identifies itself with that alone', async (credential, headers, others) => {
    const { url, calls } = await startFakeKiket([ok]);
    const client = createJobClient({ ...credential, baseUrl: url });
    expect(await client.get(path)).toEqual(ok.body);
    expect(calls[0]?.headers).toMatchObject(headers);
    for (const other of [...others, 'x-kiket-runtime-token']) expect(calls[0]?.headers).not.toHaveProperty(other);
  });

  test.each(['', ' ', 'two words', 'line\nbreak'])('is not made of %j', (text) => {
    expect(() => createJobClient({ apiKey: text })).toThrow(TypeError);
    expect(() => createJobClient({ workspaceToken: text })).toThrow(TypeError);
  });

  test('has its own limit for calls that name none', async () => {
    const { url } = await startFakeKiket([{ status: 429, headers: { 'Retry-After': '1' } }, ok]);
    const client = createJobClient({ apiKey: 'ek_example', baseUrl: url, timeoutMs: 500 });
    // A second is more than there is, and less than other clients have.
    await expect(client.get(path)).rejects.toMatchObject({ status: 429 });
  });
});
