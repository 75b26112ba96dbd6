import request, { type Test } from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { problems } from '../../src/errors.ts';
import { createGuardian, noon, noonSeconds, secret, type TestGuardian } from '../support/guardian.ts';
import { hmac, signedHeaders } from '../support/sign.ts';

const move = {
  event: 'workflow.before_transition',
  issue: { id: 42, project_id: 7, organization_id: 3 },
  transition: { from: 'open', to: 'review', performed_by: 'mira@example.com' },
};
const body = JSON.stringify(move);

function post(guardian: TestGuardian, headers: Record<string, string>, bytes: string | Buffer = body): Test {
  return request(guardian.app).post('/webhook').set(headers).send(bytes);
}

const signed = (bytes: string | Buffer = body, timestamp = noonSeconds) => signedHeaders(secret, bytes, timestamp);
const without = (name: string) => Object.fromEntries(Object.entries(signed()).filter(([key]) => key !== name));

describe('a rejection', () => {
  test('for overload says when to come again, and writes one line', async () => {
    const { deliver, logged } = await createGuardian({ maxInFlight: 0 });
    const response = await deliver(move);
    const { httpStatus, message } = problems.overloaded;
    expect([response.status, response.headers['retry-after'], response.body]).toEqual([
      httpStatus,
      '1',
      { error: { code: 'overloaded', message } },
    ]);
    expect(logged()).toMatchObject([{ msg: 'delivery', outcome: 'overloaded', httpStatus: 503 }]);
  });

  test('is logged with its code, without signature, secret or body', async () => {
    const guardian = await createGuardian();
    await post(guardian, { ...signed(), 'X-Kiket-Signature': 'ab'.repeat(32) });
    expect(guardian.logged()).toMatchObject([
      { level: 'warn', msg: 'delivery', outcome: 'signature_mismatch', httpStatus: 401 },
    ]);
    for (const hidden of ['ab'.repeat(32), secret, 'mira@example.com']) {
      expect(guardian.logText()).not.toContain(hidden);
    }
  });

  test('frees its place', async () => {
    const guardian = await createGuardian({ maxInFlight: 1 });
    for (const expected of [401, 401, 200]) {
      const response = await post(guardian, expected === 200 ? signed() : without('X-Kiket-Signature'));
      expect(response.status).toBe(expected);
    }
  });
});

describe('what path, query and headers say about a delivery', () => {
  test.each([
    ['another version in the path', '/v/v2/webhooks/workflow.before_transition', {}, 'version_mismatch'],
    ['another version in the header', '/webhook', { 'X-Kiket-Event-Version': 'v2' }, 'version_mismatch'],
    ['another version in the query', '/webhook?version=2', {}, 'version_mismatch'],
    ['another event in the header', '/webhook', { 'X-Kiket-Event': 'issue.created' }, 'event_mismatch'],
    ['another organization', '/webhook', { 'X-Kiket-Organization': '4' }, 'tenant_mismatch'],
    ['another project', '/webhook', { 'X-Kiket-Project': '8' }, 'tenant_mismatch'],
  ])('is compared with the body: %s', async (_what, path, headers, code) => {
    const { deliver } = await createGuardian();
    const response = await deliver(move, path, headers);
    expect([response.status, response.body]).toMatchObject([400, { error: { code } }]);
  });

  test.each(['//webhook', '///webhook//', '//', '/v/1.0//webhooks//workflow.before_transition?version=v1'])(
    'has one slash where it says several: %s',
    async (path) => {
      const { deliver, handle } = await createGuardian();
      expect((await deliver(move, path)).body).toEqual({ status: 'allow', metadata: {} });
      expect((await deliver(move, path, {}, handle)).body).toEqual({ status: 'allow', metadata: {} });
    },
  );

  test('has several slashes in the query if it says so', async () => {
    const { deliver } = await createGuardian();
    const response = await deliver(move, '/webhook?version=//1.0');
    expect([response.status, response.body]).toMatchObject([400, { error: { code: 'version_mismatch' } }]);
  });

  test('may agree with it', async () => {
    const { deliver } = await createGuardian();
    const response = await deliver(move, '/v/1.0/webhooks/workflow.before_transition?version=v1', {
      'X-Kiket-Event': 'before_transition',
      'X-Kiket-Event-Version': '1',
      'X-Kiket-Organization': '3',
      'X-Kiket-Project': '7',
    });
    expect(response.body).toEqual({ status: 'allow', metadata: {} });
  });

  test("isn't a delivery's id if it's longer than one", async () => {
    const guardian = await createGuardian();
    await guardian.deliver(move, '/webhook', { 'X-Kiket-Delivery': 'x'.repeat(256) });
    await guardian.deliver(move, '/webhook', { 'X-Kiket-Delivery': 'x'.repeat(255) });
    expect(guardian.logged().map(({ deliveryId }) => deliveryId)).toEqual([
      expect.stringMatching(/^sha256:/),
      'x'.repeat(255),
    ]);
  });
});

describe('one delivery that is sent again and again', () => {
  test.each<[string, object, object]>([
    ['a guard', move, {}],
    ['an action', { ...move, event: 'action.explain_transition' }, {}],
    ['a guard that cannot decide', { ...move, event: 'workflow.before_publish' }, {}],
    [
      'an action that fails',
      { ...move, event: 'action.approve_transition', context: { user: { id: 23 } } },
      { store: 'broken' },
    ],
  ])(
    'writes ten times in a minute, counts the rest, and hides no other delivery: %s',
    async (_what, payload, options) => {
      vi.useFakeTimers({ toFake: ['performance'] });
      onTestFinished(() => void vi.useRealTimers());
      const { store } = await createGuardian();
      const broken = {
        ...store,
        deliveries: { ...store.deliveries, claim: () => Promise.reject(new Error('broken')) },
      };
      const guardian = await createGuardian('store' in options ? { store: broken } : {});
      // Whatever its headers say, and however its signature is written.
      const headers = signedHeaders(secret, JSON.stringify(payload), noonSeconds);
      const digits = headers['X-Kiket-Signature']?.replace('sha256=', '') ?? '';
      for (let count = 0; count < 50; count += 1) {
        const written = [digits, digits.toUpperCase(), `sha256=${digits}`][count % 3] ?? digits;
        await guardian.deliver(payload, '/webhook', {
          'X-Kiket-Delivery': `dlv_${count}`,
          'X-Kiket-Signature': written,
        });
      }
      const deliveries = () => guardian.logged().filter(({ msg }) => msg === 'delivery');
      expect(deliveries()).toHaveLength(10);
      expect(guardian.logged().length).toBeLessThanOrEqual(20);
      await guardian.deliver({ ...payload, id: 'another' });
      expect(deliveries().slice(10)).toMatchObject([{ omitted: 40 }]);
      vi.advanceTimersByTime(60_000);
      await guardian.deliver(payload);
      expect(deliveries()).toHaveLength(12);
      expect(deliveries().at(-1)).not.toHaveProperty('omitted');
    },
  );
});

test('a flood of forgeries writes ten lines a second, counts them all, and hides no delivery that was verified', async () => {
  const guardian = await createGuardian();
  const forge = () => post(guardian, { ...signed(), 'X-Kiket-Signature': 'ab'.repeat(32) });
  for (let count = 0; count < 25; count += 1) await forge();
  await guardian.deliver(move);
  guardian.setNow(new Date(noon.getTime() + 1000));
  await forge();
  await forge();
  const lines = guardian.logged().map(({ outcome, omitted }) => [outcome, omitted]);
  const forged = ['signature_mismatch', undefined];
  expect(lines).toEqual([
    ...Array.from({ length: 10 }, () => forged),
    ['allow', undefined],
    ['signature_mismatch', 15],
    forged,
  ]);
  const metrics = await request(guardian.app).get('/metrics');
  expect(metrics.text).toContain('kiket_deliveries_total{event="other",outcome="signature_mismatch"} 27\n');
});

test('so does a captured delivery that is sent again when it is stale', async () => {
  const guardian = await createGuardian();
  const stale = JSON.stringify({ ...move, occurred_at: '2026-03-02T11:00:00Z' });
  const headers = { 'Content-Type': 'application/json', 'X-Kiket-Signature': hmac(secret, stale) };
  for (let count = 0; count < 25; count += 1) await post(guardian, headers, stale);
  expect(guardian.logged().map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: 10 }, () => 'freshness_unproven'),
  );
});
