import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kiket } from '../../src/server/kiket.ts';
import { openTestKiket, type TestKiket } from '../../src/testing/kiket.ts';
import type { FixtureSettings } from '../fixture/src/extension.ts';
import { project } from '../fixture/src/project.ts';

/* The handlers answer alike wherever they are mounted, as the README says. */

const servers: Record<string, (kiket: Kiket) => Promise<Server>> = {
  Express: async (kiket) => createServer(project.createApp(kiket)),
  Fastify: async (kiket) => {
    const app = fastify({
      frameworkErrors: (_error, request, reply) => {
        reply.hijack();
        kiket.handle(request.raw, reply.raw);
      },
    });
    // The signature covers the bytes as they arrive.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.all('/*', (request, reply) => {
      reply.hijack();
      kiket.handle(request.raw, reply.raw);
    });
    await app.ready();
    return app.server;
  },
  'node:http': async (kiket) => createServer(kiket.handle),
};

const move = (fields: object, to = 'done') =>
  JSON.stringify({
    event: 'workflow.before_transition',
    issue: { id: 42, organization_id: 3, project_id: 7, ...fields },
    transition: { from: 'review', to, performed_by: 'mira@example.com' },
  });
const routine = move({}, 'review');
const large = ' '.repeat(512 * 1024 + 1);

interface Case {
  path?: string;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  /** Whether it is no delivery, so that nothing is signed. */
  isPlain?: boolean;
}

const error = (code: string) => ({ error: { code } });
const cases: Record<string, [sent: Case, status: number, body: object]> = {
  'a move that is none of its business': [{ body: routine }, 200, { status: 'allow', metadata: {} }],
  'a move that is denied': [{ body: move({ assignee_id: null }) }, 200, { status: 'deny' }],
  'a move that waits': [{ body: move({ assignee_id: 19 }) }, 200, { status: 'pending' }],
  'an action': [{ body: '{"action_key":"guardian_report"}', path: '/' }, 200, { status: 'success' }],
  'an event that nobody listens to': [{ body: '{"event":"board.refreshed"}' }, 200, { status: 'ignored' }],
  'a path with an event': [
    { body: routine, path: '/v/v1/webhooks/workflow.before_transition?version=v1' },
    200,
    { status: 'allow' },
  ],
  'a slash at the end': [{ body: routine, path: '/webhook/' }, 200, { status: 'allow' }],
  'another event in the path': [{ body: routine, path: '/webhooks/issue.created' }, 400, error('event_mismatch')],
  'a wrong signature': [
    { body: routine, headers: { 'X-Kiket-Signature': 'ab'.repeat(32) } },
    401,
    error('signature_mismatch'),
  ],
  'no signature': [
    { method: 'POST', body: routine, headers: { 'Content-Type': 'application/json' }, isPlain: true },
    401,
    error('signature_missing'),
  ],
  'no JSON': [{ body: 'hello' }, 400, error('json_invalid')],
  'no body': [{ body: '' }, 400, error('json_invalid')],
  'too large a body': [{ body: large }, 413, error('body_too_large')],
  'another type': [
    { body: routine, headers: { 'Content-Type': 'text/plain' } },
    415,
    error('content_type_unsupported'),
  ],
  'a compressed body': [
    { body: routine, headers: { 'Content-Encoding': 'gzip' } },
    415,
    error('content_encoding_unsupported'),
  ],
  "what isn't a delivery": [{ body: '{"event":"issue.created","issue":7}' }, 422, error('delivery_invalid')],
  'an unknown path': [{ body: routine, path: '/webhok' }, 404, error('path_unknown')],
  'a malformed path': [{ body: routine, path: '/webhooks/%E0%A4%A' }, 400, error('path_malformed')],
  'another method': [{ method: 'PUT', path: '/webhook', isPlain: true }, 405, error('method_not_allowed')],
  'a method that changes nothing': [
    { method: 'GET', path: '/webhooks/issue.created', isPlain: true },
    405,
    error('method_not_allowed'),
  ],
  health: [
    { method: 'GET', path: '/health', isPlain: true },
    200,
    { status: 'ok', extension_id: 'com.example.fixture' },
  ],
  'health, posted': [{ method: 'POST', path: '/healthz', isPlain: true }, 405, error('method_not_allowed')],
  readiness: [{ method: 'GET', path: '/readyz', isPlain: true }, 200, { status: 'ready' }],
  'metrics without the token': [{ method: 'GET', path: '/metrics', isPlain: true }, 401, error('metrics_unauthorized')],
};

describe.each(Object.entries(servers))('mounted in %s', (_name, mount) => {
  let kiket: TestKiket<FixtureSettings>;
  let server: Server;
  let url = '';
  beforeAll(async () => {
    kiket = await openTestKiket(project, { metricsToken: 'for Prometheus' });
    server = await mount(kiket);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await kiket.close();
  });

  const send = ({ path = '/webhook', method = 'POST', body, headers, isPlain = false }: Case) => {
    const signed = isPlain ? {} : kiket.sign(body ?? '');
    return fetch(url + path, { method, headers: { ...signed, ...headers }, ...(body === undefined ? {} : { body }) });
  };

  test.each(Object.entries(cases))('%s', async (_what, [sent, status, body]) => {
    const response = await send(sent);
    expect([response.status, await response.json()]).toMatchObject([status, body]);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const allowed = sent.path?.startsWith('/health') ? 'GET, HEAD' : 'POST';
    expect(response.headers.get('allow')).toBe(status === 405 ? allowed : null);
  });

  test('metrics, which count what was delivered', async () => {
    const response = await send({
      method: 'GET',
      path: '/metrics',
      headers: { Authorization: 'Bearer for Prometheus' },
      isPlain: true,
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/plain/),
    ]);
    const counted = /_deliveries_total\{event="workflow.before_transition",outcome="allow"\} 3\n/;
    expect(await response.text()).toMatch(counted);
  });

  test('HEAD of its health has no body', async () => {
    const response = await send({ method: 'HEAD', path: '/health', isPlain: true });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});
