import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problems, type ProblemCode } from '../../src/errors.ts';
import { fastListener, fastMessages } from '../../src/server/fast.ts';
import { createHttpServer } from '../../src/server/http.ts';
import type { Kiket } from '../../src/server/kiket.ts';
import { listenerOf } from '../../src/server/server.ts';
import { noon, openTestKiket, testSecret, type TestKiket } from '../../src/testing/kiket.ts';
import { extension, type FixtureSettings } from '../fixture/src/extension.ts';
import { project } from '../fixture/src/project.ts';
import { hmac, signedHeaders } from '../support/sign.ts';

/* The handlers answer alike wherever they are mounted, as the README says. */

const servers: Record<string, (kiket: Kiket) => Promise<Server>> = {
  Express: async (kiket) => createHttpServer(listenerOf(project.createApp(kiket), kiket)),
  'the server that is started': async (kiket) => {
    const app = project.createApp(kiket);
    return createHttpServer(fastListener(listenerOf(app, kiket)), { messages: fastMessages(app) });
  },
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

/** Of a delivery whose signature covers its body and a time. */
const signedAt = (seconds: number, secret = testSecret) => ({
  body: routine,
  headers: signedHeaders(secret, routine, String(noon.getTime() / 1000 + seconds)),
});
const unsigned = { method: 'POST', body: routine, isPlain: true };
const json = { 'Content-Type': 'application/json' };

/** What is sent, and the answer: its status and body, or the code of a problem. */
const cases: Record<string, [sent: Case, status: number, body: object] | [sent: Case, code: ProblemCode]> = {
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
  'a type that says UTF-8': [
    { body: routine, headers: { 'Content-Type': 'application/json; charset=UTF-8' } },
    200,
    { status: 'allow' },
  ],
  'another event in the path': [{ body: routine, path: '/webhooks/issue.created' }, 'event_mismatch'],
  'another version in the path': [{ body: routine, path: '/v/v2/webhooks/before_transition' }, 'version_mismatch'],
  'another organization in a header': [{ body: routine, headers: { 'X-Kiket-Organization': '4' } }, 'tenant_mismatch'],
  'no event': [{ body: '{"issue":{"id":42}}' }, 'event_missing'],
  'a signature with another secret': [signedAt(0, 'another secret'), 'signature_mismatch'],
  'no signature': [{ ...unsigned, headers: json }, 'signature_missing'],
  'a signature of another kind': [
    { body: routine, headers: { 'X-Kiket-Signature': 'sha512=ab' } },
    'signature_malformed',
  ],
  'a timestamp that is none': [{ body: routine, headers: { 'X-Kiket-Timestamp': 'noon' } }, 'timestamp_malformed'],
  'an old timestamp': [signedAt(-301), 'timestamp_stale'],
  'no time at all': [
    { ...unsigned, headers: { ...json, 'X-Kiket-Signature': hmac(testSecret, routine) } },
    'freshness_unproven',
  ],
  'no JSON': [{ body: 'hello' }, 'json_invalid'],
  'no body': [{ body: '' }, 'json_invalid'],
  'too large a body': [{ body: large }, 'body_too_large'],
  'another type': [{ body: routine, headers: { 'Content-Type': 'text/plain' } }, 'content_type_unsupported'],
  'a compressed body': [{ body: routine, headers: { 'Content-Encoding': 'gzip' } }, 'content_encoding_unsupported'],
  "what isn't a delivery": [{ body: '{"event":"issue.created","issue":true}' }, 'delivery_invalid'],
  'an unknown path': [{ body: routine, path: '/webhok' }, 'path_unknown'],
  'a malformed path': [{ body: routine, path: '/webhooks/%E0%A4%A' }, 'path_malformed'],
  'another method': [{ method: 'PUT', path: '/webhook', isPlain: true }, 'method_not_allowed'],
  'a method that changes nothing': [
    { method: 'GET', path: '/webhooks/issue.created', isPlain: true },
    'method_not_allowed',
  ],
  health: [
    { method: 'GET', path: '/health', isPlain: true },
    200,
    { status: 'ok', extension_id: 'com.example.fixture' },
  ],
  'health, posted': [{ method: 'POST', path: '/healthz', isPlain: true }, 'method_not_allowed'],
  readiness: [{ method: 'GET', path: '/readyz', isPlain: true }, 200, { status: 'ready' }],
  'metrics without the token': [{ method: 'GET', path: '/metrics', isPlain: true }, 'metrics_unauthorized'],
};

/** What Express answers and what it leaves in log and metrics, without what differs from run to run. */
const byExpress: Record<string, unknown> = {};

describe.each(Object.entries(servers))('mounted in %s', (name, mount) => {
  let kiket: TestKiket<FixtureSettings>;
  let server: Server;
  let url = '';
  let reached = 0;
  beforeAll(async () => {
    const when: typeof extension.when = (...asked) => {
      reached += 1;
      return extension.when?.(...asked) ?? true;
    };
    kiket = await openTestKiket({ ...project, extension: { ...extension, when } }, { metricsToken: 'for Prometheus' });
    server = await mount(kiket);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await kiket.close();
  });

  const send = async ({ path = '/webhook', method = 'POST', body, headers, isPlain = false }: Case) => {
    const signed = isPlain ? {} : kiket.sign(body ?? '');
    const sent = { method, headers: { ...signed, ...headers }, ...(body === undefined ? {} : { body }) };
    const response = await fetch(url + path, sent);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  /** What makes the server fast changes no status, header, body, log line or metric. */
  const expectTheSame = (what: string, seen: unknown) => {
    if (name === 'Express') byExpress[what] = seen;
    if (name === 'the server that is started') expect(seen).toEqual(byExpress[what]);
  };

  test.each(Object.entries(cases))('%s', async (what, [sent, answer, body]) => {
    const { status, headers, text } = await send(sent);
    const { httpStatus, message } = typeof answer === 'string' ? problems[answer] : { httpStatus: answer, message: '' };
    const error = { code: answer, message: expect.stringContaining(message) as string };
    expect([status, JSON.parse(text)]).toMatchObject([httpStatus, body ?? { error }]);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    const allowed = sent.path?.startsWith('/health') ? 'GET, HEAD' : 'POST';
    expect(headers.get('allow')).toBe(status === 405 ? allowed : null);
    expect(headers.get('www-authenticate')).toBe(answer === 'metrics_unauthorized' ? 'Bearer' : null);
    expectTheSame(what, { status, headers: [...headers].filter(([header]) => header !== 'date'), text });
  });

  test('metrics, which count what was delivered; nothing else has reached a handler', async () => {
    const authorized = { headers: { Authorization: 'Bearer for Prometheus' }, isPlain: true };
    const { status, headers, text } = await send({ method: 'GET', path: '/metrics', ...authorized });
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
    expect(text).toMatch(/_deliveries_total\{event="workflow.before_transition",outcome="allow"\} 4\n/);
    expect(reached).toBe(6);
    const counts = text.split('\n').filter((line) => /^kiket_.+_(?:total|count)\b/.test(line));
    const log = kiket.logged().map(({ milliseconds, ...line }) => ({ ...line, time: '', ms: typeof milliseconds }));
    expect(log.length).toBeGreaterThan(15);
    expectTheSame('log and metrics', { counts, log });
  });

  test('HEAD of its health has no body', async () => {
    const { status, text } = await send({ method: 'HEAD', path: '/health', isPlain: true });
    expect([status, text]).toEqual([200, '']);
  });
});
