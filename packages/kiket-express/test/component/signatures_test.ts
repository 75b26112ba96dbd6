import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { success } from '../../src/extension/decision.ts';
import { signingKeys } from '../../src/receive/verify.ts';
import { extension } from '../fixture/src/extension.ts';
import { createGuardian, noon, noonSeconds, secret, type TestGuardian } from '../support/guardian.ts';
import { hmac, signedHeaders } from '../support/sign.ts';

const move = {
  event: 'workflow.before_transition',
  issue: { id: 42 },
  transition: { from: 'open', to: 'review' },
};
const report = { action_key: 'guardian_report', organization_id: 3, context: { project: { id: 7 } } };

/** Posts a body whose signature covers nothing but the body (variant A). */
async function deliverUntimed(
  { app }: TestGuardian,
  payload: unknown,
  headers: Record<string, string> = {},
  path = '/webhook',
) {
  const body = JSON.stringify(payload);
  const { status, body: answer } = await request(app)
    .post(path)
    .set({ 'Content-Type': 'application/json', 'X-Kiket-Signature': hmac(secret, body), ...headers })
    .send(body);
  return [status, answer] as [number, { status?: string; error?: { code: string } }];
}

const stale = { error: { code: 'freshness_unproven' } };
const hourAgo = new Date(noon.getTime() - 3_600_000).toISOString();

describe('a signature over time and body', () => {
  test.each([
    ['in hex behind "sha256="', (hex: string) => `sha256=${hex}`],
    ['in capitals', (hex: string) => `SHA256=${hex.toUpperCase()}`],
  ])('is accepted %s', async (_what, write) => {
    const { app } = await createGuardian();
    const body = JSON.stringify(move);
    const headers = signedHeaders(secret, body, noonSeconds);
    const response = await request(app)
      .post('/webhook')
      .set({ ...headers, 'X-Kiket-Signature': write(headers['X-Kiket-Signature'] ?? '') })
      .send(body);
    expect([response.status, response.body]).toEqual([200, { status: 'allow', metadata: {} }]);
  });

  test('is accepted with the previous secret while it rotates', async () => {
    const guardian = await createGuardian({ keys: signingKeys(['the new secret', secret]) });
    const response = await guardian.deliver(move);
    expect(response.status).toBe(200);
  });
});

describe('a signature over only the body', () => {
  test.each([
    ['a token that has not expired', { authentication: { expires_at: '2026-03-02T12:15:00Z' } }, 200],
    ['a token that has expired', { authentication: { expires_at: hourAgo } }, 401],
    ['the time of the event', { occurred_at: '2026-03-02T11:56:00Z' }, 200],
    ['a timestamp', { timestamp: Number(noonSeconds) }, 200],
    ['the time of an event an hour ago', { occurred_at: hourAgo }, 401],
    ['no time', {}, 401],
  ])('with %s inside is answered %#', async (_what, proof, http) => {
    const guardian = await createGuardian();
    const [status, answer] = await deliverUntimed(guardian, { ...move, ...proof });
    expect([status, answer]).toMatchObject([http, http === 200 ? { status: 'allow' } : stale]);
  });

  test('needs no time where the setting lifts that', async () => {
    const guardian = await createGuardian({ allowUntimedSignatures: true });
    const answers = [
      await deliverUntimed(guardian, move),
      await deliverUntimed(guardian, { ...move, occurred_at: hourAgo }),
    ];
    expect(answers.map(([status]) => status)).toEqual([200, 200]);
  });

  const passedOn = {
    event: 'external.webhook.order',
    action: 'order',
    external_webhook: { body: '{"order":1}', headers: {}, content_type: 'application/json', method: 'POST' },
    authentication: { runtime_token: 'rt_order' },
  };

  test('of a webhook that Kiket passes on is fresh by when Kiket received it, and not by an opaque token', async () => {
    const guardian = await createGuardian();
    const fresh = await deliverUntimed(guardian, { ...passedOn, received_at: noon.toISOString() });
    expect(fresh).toEqual([200, { status: 'ignored', event: 'external.webhook.order' }]);
    expect(await deliverUntimed(guardian, { ...passedOn, received_at: hourAgo })).toMatchObject([401, stale]);
    expect(await deliverUntimed(guardian, passedOn)).toMatchObject([401, stale]);
  });

  test('of a setup test is fresh by when Kiket received it, which says nothing about other commands', async () => {
    const guardian = await createGuardian();
    const kikets = {
      organization: { subdomain: 'acme' },
      project: { key: 'ORD' },
      authentication: { runtime_token: 'rt_1' },
    };
    const command = { action: 'guardian_report', ...kikets, received_at: noon.toISOString() };
    const setup = { ...command, event: 'guardian.guardian_report' };
    expect(await deliverUntimed(guardian, setup)).toMatchObject([200, { status: 'success' }]);
    expect(await deliverUntimed(guardian, { ...setup, received_at: hourAgo })).toMatchObject([401, stale]);
    // A path, which nobody signs, makes no setup test of it; and in a command it may be a parameter.
    const unnamed = await deliverUntimed(guardian, command, {}, '/v/v1/webhooks/guardian.guardian_report');
    expect(unnamed).toMatchObject([401, stale]);
    const other = await deliverUntimed(guardian, { ...command, event: 'guardian.explain_transition' });
    expect(other).toMatchObject([401, stale]);
  });

  test('that Kiket retries hours later is taken where the setting says so, and still runs once', async () => {
    let runs = 0;
    const count = () => success(`Run ${(runs += 1)}.`);
    const actions = { ...extension.actions, guardian_report: count };
    const guardian = await createGuardian({
      bodyToleranceSeconds: 26 * 60 * 60,
      extension: { ...extension, actions },
    });
    const payload = { ...report, occurred_at: new Date(noon.getTime() - 25 * 3_600_000).toISOString() };
    expect(await deliverUntimed(guardian, payload)).toMatchObject([200, { message: 'Run 1.' }]);
    expect(await deliverUntimed(guardian, payload)).toMatchObject([200, { message: 'Run 1.' }]);
    guardian.setNow(new Date(noon.getTime() + 2 * 3_600_000));
    expect(await deliverUntimed(guardian, payload)).toMatchObject([401, stale]);
  });

  test('does not prove an unsigned timestamp, but a stale one is refused all the same', async () => {
    const guardian = await createGuardian();
    const fresh = await deliverUntimed(guardian, move, { 'X-Kiket-Timestamp': noonSeconds });
    const old = await deliverUntimed(
      guardian,
      { ...move, occurred_at: noon.toISOString() },
      { 'X-Kiket-Timestamp': String(Number(noonSeconds) - 301) },
    );
    expect(fresh).toMatchObject([401, stale]);
    expect(old).toMatchObject([401, { error: { code: 'timestamp_stale' } }]);
  });

  test.each([
    ['a time', { occurred_at: noon.toISOString() }],
    ['the end of a token', { authentication: { expires_at: '2026-03-02T12:15:00Z' } }],
  ])('and %s makes a delivery that is sent again a repeat, whatever its headers say', async (_what, proof) => {
    let runs = 0;
    const guardian = await createGuardian({
      extension: {
        ...extension,
        actions: {
          guardian_report: () => {
            runs += 1;
            return success(`Run ${runs}.`);
          },
        },
      },
    });
    const payload = { ...report, ...proof };
    for (const seconds of [0, 1, 2]) {
      const [status, answer] = await deliverUntimed(guardian, payload, {
        'X-Kiket-Delivery': `dlv_${seconds}`,
        'X-Kiket-Invocation': `inv_${seconds}`,
        'X-Kiket-Timestamp': String(Number(noonSeconds) + seconds),
      });
      expect([status, answer]).toMatchObject([200, { message: 'Run 1.' }]);
    }
  });

  test('with nothing unique inside is never taken for a repeat', async () => {
    const guardian = await createGuardian({ allowUntimedSignatures: true });
    const timestamp = { 'X-Kiket-Timestamp': noonSeconds };
    await deliverUntimed(guardian, report, timestamp);
    await deliverUntimed(guardian, report, timestamp);
    expect(guardian.logged().map(({ repeated }) => repeated)).toEqual([undefined, undefined]);
  });
});
