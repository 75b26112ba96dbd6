import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fastListener, fastMessages } from '../../src/server/fast.ts';
import { createHttpServer, type HttpServerOptions } from '../../src/server/http.ts';
import { createGuardian, noonSeconds, secret } from '../support/guardian.ts';
import { signedHeaders } from '../support/sign.ts';
import { exchange, wireBytes } from '../support/wire.ts';

const move = JSON.stringify({
  id: 'evt_1',
  event: 'workflow.before_transition',
  issue: { id: 4711, status: 'in_progress', project_id: 7, organization_id: 3 },
  transition: { from: 'in_progress', to: 'review', performed_by: 'mira@example.com' },
});
const protectedMove = move.replace('"review"', '"done"');
const signed = (body: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body,
  headers: { ...signedHeaders(secret, body, noonSeconds), ...headers },
});

/** One of everything that the app answers, by what it is. */
const requests: Record<string, [path: string, request?: RequestInit]> = {
  'a move that nobody minds': ['/webhook', signed(move)],
  'a move that is denied': ['/webhook', signed(protectedMove)],
  'a path with an event and a version': ['/v/v1/webhooks/workflow.before_transition?version=v1', signed(move)],
  'an action': ['/', signed(JSON.stringify({ event: 'action.explain_transition', issue: { id: 4711 } }))],
  'a wrong signature': ['/webhook', { ...signed(move), body: protectedMove }],
  'no JSON type': ['/webhook', signed(move, { 'Content-Type': 'text/plain' })],
  'a compressed body': ['/webhook', signed(move, { 'Content-Encoding': 'gzip' })],
  'a wrong method': ['/webhook', { method: 'PUT' }],
  'an unknown path': ['/elsewhere'],
  'a path that is none': ['/webhooks/%E0%A4%A'],
  'its health': ['/health'],
  'only the headers of its health': ['/health', { method: 'HEAD' }],
  'whether it is ready': ['/readyz'],
};

/** Answers as people and machines see them, with log and metrics, without what differs from run to run. */
async function ask(
  guardian: Awaited<ReturnType<typeof createGuardian>>,
  listener: RequestListener,
  options: HttpServerOptions,
) {
  const server = createHttpServer(listener, options);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const withoutPath = await exchange(port, wireBytes({ path: 'foo://bar' }));
  const answers: Record<string, unknown> = { 'a target without a path': [withoutPath.status, withoutPath.body] };
  for (const [name, [path, request]] of Object.entries(requests)) {
    const response = await fetch(url + path, request);
    const headers = Object.fromEntries([...response.headers].filter(([header]) => header !== 'date'));
    answers[name] = { status: response.status, headers, body: await response.text() };
  }
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return {
    answers,
    log: guardian
      .logged()
      .map(({ milliseconds, ...line }) => ({ ...line, isTimed: typeof milliseconds === 'number', time: '' })),
    counts: metrics.split('\n').filter((line) => /^kiket_.+_(?:total|count)\b/.test(line)),
  };
}

describe('what makes it fast', () => {
  test('changes no status, header, body, log line or metric', async () => {
    const plain = await createGuardian();
    const fast = await createGuardian();
    const expected = await ask(plain, plain.listener, {});
    const actual = await ask(fast, fastListener(fast.listener), { messages: fastMessages(fast.app) });
    expect(actual).toEqual(expected);
    expect(Object.keys(expected.answers)).toHaveLength(14);
    expect(expected.log.length).toBeGreaterThan(8);
    const allowed = expect.stringMatching(/^kiket_decisions_total\{status="allow",failure="none"\} [23]$/) as string;
    expect(expected.counts).toContainEqual(allowed);
  });

  test('works on what came in together in its order, and not for who has hung up', async () => {
    const handled: unknown[] = [];
    const app = ((request: unknown) => void handled.push(request)) as unknown as Express;
    const listener = fastListener(app) as (request: object, response: object) => void;
    const [first, gone, last] = [
      { id: 1, headers: {}, destroyed: false },
      { id: 2, headers: {}, destroyed: true },
      { id: 3, headers: {}, destroyed: false },
    ];
    for (const request of [first, gone, last]) listener(request, {});
    expect(handled).toEqual([]);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(handled).toEqual([first, last]);

    // Its pieces would wait in memory, each as an object.
    const inChunks = { id: 4, headers: { 'transfer-encoding': 'chunked' }, destroyed: false };
    listener(first, {});
    listener(inChunks, {});
    expect(handled).toEqual([first, last, first, inChunks]);
  });
});
