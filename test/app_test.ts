import { allow, deny } from 'kiket-express';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import extension from '../src/extension.ts';
import { guard } from '../src/settings.ts';
import { openApp } from './support.ts';

const move = (to: string) => ({
  event: 'workflow.before_transition',
  issue: { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3 },
  transition: { from: 'todo', to, performed_by: 'mira@example.com' },
});

/** The app with two guards of its own. */
const openGuarded = () =>
  openApp({ extension: { ...extension, guards: { yes: guard(() => allow()), no: guard(() => deny('No.')) } } });

describe('a delivery', () => {
  test('about a protected status is answered by the guards', async () => {
    const { deliver } = await openGuarded();
    const { status, body } = await deliver(move('done'));
    const reasons = [{ guard: 'no', status: 'deny', message: 'No.' }];
    expect([status, body]).toEqual([200, { status: 'deny', message: 'No.', metadata: { reasons } }]);
  });

  test('about another status is allowed', async () => {
    const { deliver } = await openGuarded();
    const { status, body } = await deliver(move('review'));
    expect([status, body]).toEqual([200, { status: 'allow', metadata: {} }]);
  });

  test.each(['/', '/webhook', '/webhooks/workflow.before_transition', '/v/1/webhooks/workflow.before_transition'])(
    'may come in at %s',
    async (path) => {
      const { app, sign } = await openApp();
      const body = JSON.stringify(move('review'));
      const answer = await request(app).post(path).set(sign(body)).send(body);
      expect([answer.status, answer.body]).toEqual([200, { status: 'allow', metadata: {} }]);
    },
  );

  test('that was changed on the way is rejected', async () => {
    const { app, sign } = await openApp();
    const signed = sign(JSON.stringify(move('done')));
    const { status, body } = await request(app)
      .post('/webhook')
      .set(signed)
      .send(JSON.stringify(move('review')));
    expect([status, body]).toMatchObject([401, { error: { code: 'signature_mismatch' } }]);
  });
});

describe('the app', () => {
  test.each([
    ['GET', '/health', 200, { status: 'ok' }],
    ['GET', '/healthz', 200, { status: 'ok' }],
    ['GET', '/readyz', 200, { status: 'ready' }],
    ['POST', '/health', 405, { error: { code: 'method_not_allowed' } }],
    ['GET', '/webhook', 405, { error: { code: 'method_not_allowed' } }],
    ['GET', '/elsewhere', 404, { error: { code: 'path_unknown' } }],
  ] as const)('answers %s %s with %i', async (method, path, status, body) => {
    const { app } = await openApp();
    const asked = method === 'GET' ? request(app).get(path) : request(app).post(path);
    const answer = await asked;
    expect([answer.status, answer.body]).toMatchObject([status, body]);
  });

  test('sends security headers, and does not say what it is made of', async () => {
    const { app } = await openApp();
    const { headers } = await request(app).get('/health');
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'self'") as string,
      'strict-transport-security': expect.stringContaining('max-age=') as string,
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
  });
});
