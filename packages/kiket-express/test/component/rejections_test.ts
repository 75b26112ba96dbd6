import request, { type Response, type Test } from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { problems, type ProblemCode } from '../../src/errors.ts';
import type { Guard } from '../../src/extension/extension.ts';
import { extension, type FixtureSettings } from '../fixture/src/extension.ts';
import {
  createGuardian,
  noon,
  noonSeconds,
  secret,
  type GuardianOptions,
  type TestGuardian,
} from '../support/guardian.ts';
import { hmac, signedHeaders } from '../support/sign.ts';

const move = {
  event: 'workflow.before_transition',
  issue: { id: 42, project_id: 7, organization_id: 3 },
  transition: { from: 'open', to: 'review', performed_by: 'mira@example.com' },
};
const body = JSON.stringify(move);
const bodyLimitBytes = 524_288;

function post(guardian: TestGuardian, headers: Record<string, string>, bytes: string | Buffer = body): Test {
  return request(guardian.app).post('/webhook').set(headers).send(bytes);
}

const signed = (bytes: string | Buffer = body, timestamp = noonSeconds) => signedHeaders(secret, bytes, timestamp);
const without = (name: string) => Object.fromEntries(Object.entries(signed()).filter(([key]) => key !== name));

interface Case {
  /** Something that the extension cannot work with. */
  options?: GuardianOptions;
  send: (guardian: TestGuardian) => PromiseLike<Response>;
}

/** One delivery for each way to be turned away or to fail. */
const cases: Partial<Record<ProblemCode, Case>> = {
  signature_missing: { send: (guardian) => post(guardian, without('X-Kiket-Signature')) },
  signature_malformed: { send: (guardian) => post(guardian, { ...signed(), 'X-Kiket-Signature': 'sha512=ab' }) },
  signature_mismatch: { send: (guardian) => post(guardian, signedHeaders('another secret', body, noonSeconds)) },
  timestamp_malformed: { send: (guardian) => post(guardian, signed(body, 'noon')) },
  timestamp_stale: { send: (guardian) => post(guardian, signed(body, String(Number(noonSeconds) - 301))) },
  freshness_unproven: {
    send: (guardian) => post(guardian, { 'Content-Type': 'application/json', 'X-Kiket-Signature': hmac(secret, body) }),
  },
  metrics_unauthorized: {
    options: { metricsToken: 'for Prometheus' },
    send: ({ app }) => request(app).get('/metrics').set('Authorization', 'Bearer for Promotheus'),
  },
  body_too_large: {
    send: (guardian) => {
      const large = ' '.repeat(bodyLimitBytes + 1);
      return post(guardian, signed(large), large);
    },
  },
  content_type_unsupported: { send: (guardian) => post(guardian, { ...signed(), 'Content-Type': 'text/plain' }) },
  content_encoding_unsupported: { send: (guardian) => post(guardian, { ...signed(), 'Content-Encoding': 'gzip' }) },
  json_invalid: { send: (guardian) => post(guardian, signed('{"event":'), '{"event":') },
  delivery_invalid: { send: ({ deliver }) => deliver({ ...move, issue: 'ORD-42' }) },
  event_missing: { send: ({ deliver }) => deliver({ issue: { id: 42 } }) },
  event_mismatch: { send: ({ deliver }) => deliver(move, '/webhooks/issue.created') },
  tenant_mismatch: { send: ({ deliver }) => deliver(move, '/webhook', { 'X-Kiket-Organization': '4' }) },
  version_mismatch: { send: ({ deliver }) => deliver(move, '/v/v2/webhooks/workflow.before_transition') },
  path_unknown: { send: ({ app }) => request(app).post('/webhok') },
  path_malformed: { send: ({ deliver }) => deliver(move, '/webhooks/%E0%A4%A') },
  method_not_allowed: { send: ({ app }) => request(app).put('/webhook') },
  overloaded: { options: { maxInFlight: 0 }, send: ({ deliver }) => deliver(move) },
};

/** Answered elsewhere: inside a guard's decision, by a handler, or only when a connection breaks. */
const elsewhere: Partial<Record<ProblemCode, string>> = {
  body_incomplete: 'connections_test.ts',
  headers_too_large: 'connections_test.ts',
  not_ready: 'endpoints_test.ts',
  not_started: 'lambda_test.ts, vercel_test.ts',
  deadline_exceeded: 'guards_test.ts, handlers_test.ts',
  service_unavailable: 'extension_test.ts',
  store_unavailable: 'guards_test.ts, handlers_test.ts',
  token_invalid: 'tokens_test.ts',
  token_keys_unavailable: 'tokens_test.ts',
  kiket_unavailable: 'calls_test.ts',
  kiket_refused: 'calls_test.ts',
  credential_missing: 'calls_test.ts',
  delivery_in_progress: 'answers_test.ts',
  field_unknown: 'extension_test.ts',
  scope_missing: 'calls_test.ts',
  settings_invalid: 'installationSettings_test.ts',
  handler_failed: 'handlers_test.ts',
  guard_failed: 'guards_test.ts',
  decision_invalid: 'guards_test.ts',
  guard_missing: 'guards_test.ts',
  transition_missing: 'guards_test.ts',
};

test('every problem code has its test', () => {
  expect([...Object.keys(cases), ...Object.keys(elsewhere)].toSorted()).toEqual(Object.keys(problems).toSorted());
});

describe.each(Object.entries(cases))('%s', (code, { options = {}, send }) => {
  test('is answered with its status, its code and what to do about it', async () => {
    const guardian = await createGuardian(options);
    const response = await send(guardian);
    const { httpStatus, message } = problems[code as ProblemCode];
    expect(response.status).toBe(httpStatus);
    expect(response.type).toBe('application/json');
    expect(response.body).toEqual({ error: { code, message: expect.stringMatching(/./) as string } });
    expect((response.body as { error: { message: string } }).error.message).toContain(message);
  });
});

describe('a rejection', () => {
  test('never reaches a handler', async () => {
    const reached: string[] = [];
    const watch: Guard<FixtureSettings> = () => {
      reached.push('guard');
      return { status: 'allow', metadata: {} };
    };
    const guardian = await createGuardian({ extension: { ...extension, when: () => true, guards: { watch } } });
    const rejected = Object.entries(cases).filter(([code]) => code !== 'overloaded' && code !== 'metrics_unauthorized');
    for (const [, { send }] of rejected) await send(guardian);
    expect(reached).toEqual([]);
    await guardian.deliver(move);
    expect(reached).toEqual(['guard']);
  });

  test('for a method says which methods there are', async () => {
    const { app } = await createGuardian();
    const forDeliveries = await request(app).get('/webhooks/issue.created');
    const forHealth = await request(app).post('/health');
    expect([forDeliveries.status, forDeliveries.headers['allow']]).toEqual([405, 'POST']);
    expect([forHealth.status, forHealth.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  test('for overload says when to come again', async () => {
    const { deliver } = await createGuardian({ maxInFlight: 0 });
    const response = await deliver(move);
    expect([response.status, response.headers['retry-after']]).toEqual([503, '1']);
  });

  test('for a missing metrics token asks for one', async () => {
    const { app } = await createGuardian({ metricsToken: 'for Prometheus' });
    const response = await request(app).get('/metrics');
    expect([response.status, response.headers['www-authenticate']]).toEqual([401, 'Bearer']);
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

describe('a body', () => {
  test('of exactly 512 KiB is read', async () => {
    const { deliver } = await createGuardian();
    const padded = body.slice(0, -1).padEnd(bodyLimitBytes - 1) + '}';
    const response = await deliver(padded);
    expect([padded.length, response.status]).toEqual([bodyLimitBytes, 200]);
  });

  test('may say that it is UTF-8, and nothing else', async () => {
    const guardian = await createGuardian();
    const asUtf8 = await post(guardian, { ...signed(), 'Content-Type': 'application/json; charset=UTF-8' });
    const asUtf16 = await post(guardian, { ...signed(), 'Content-Type': 'application/json; charset=utf-16' });
    expect([asUtf8.status, asUtf16.status]).toEqual([200, 415]);
  });

  test('that is empty is verified and then rejected as no JSON', async () => {
    const guardian = await createGuardian();
    const response = await post(guardian, signed(''), '');
    expect([response.status, response.body]).toMatchObject([400, { error: { code: 'json_invalid' } }]);
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

test('overload writes one line, however often it happens', async () => {
  const guardian = await createGuardian({ maxInFlight: 0 });
  await guardian.deliver(move);
  expect(guardian.logged()).toMatchObject([{ msg: 'delivery', outcome: 'overloaded', httpStatus: 503 }]);
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
