import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Express } from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { fastHelmet, fastListener, fastMessages } from '../../src/fast.ts';
import { createHttpServer, type HttpServerOptions } from '../../src/http.ts';
import { copyRepository } from '../support/checkout.ts';
import { createGuardian, noonSeconds, secret } from '../support/guardian.ts';
import { run } from '../support/processes.ts';
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
    counts: metrics.split('\n').filter((line) => /^guardian_.+_(?:total|count)\b/.test(line)),
  };
}

/** What a process writes to a log that is read only when all of it has been written. */
async function readLate(lines: number, bytes: number, end = ''): Promise<string> {
  const script = `
    import { fastStdout } from './src/fast.ts';
    const stdout = fastStdout();
    for (let line = 0; line < ${lines}; line += 1) {
      stdout.write(JSON.stringify({ line, text: 'x'.repeat(${bytes}) }) + '\\n');
      // Writes begin meanwhile, until nobody reads what has been written.
      if (line % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    process.stderr.write('written');
    ${end}
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script]);
  await once(child.stderr, 'data');
  return text(child.stdout);
}

describe('what makes it fast', () => {
  test('can be taken out as it says', async () => {
    const copy = copyRepository();
    for (const file of ['src/fast.ts', 'test/component/fast_test.ts']) rmSync(join(copy, file));
    const edits: Record<string, [from: string, to: string][]> = {
      'src/server.ts': [
        ['openGuardian(env, { destination, harden: fastHelmet })', 'openGuardian(env, { destination })'],
        ['createHttpServer(fastListener(app), { messages: fastMessages(app) })', 'createHttpServer(app)'],
      ],
      'src/index.ts': [
        ['startServer(process.env, stdout)', 'startServer(process.env)'],
        ['const stdout = fastStdout();\n', ''],
        ['  await stdout.flush();\n', ''],
      ],
    };
    const says = readFileSync('src/fast.ts', 'utf8');
    for (const [file, changes] of Object.entries(edits)) {
      const before = readFileSync(join(copy, file), 'utf8').replace(/^import .* from '.\/fast.ts';\n/m, '');
      for (const [from, to] of changes)
        expect([before, says]).toEqual([expect.stringContaining(from), expect.stringContaining(to)]);
      writeFileSync(
        join(copy, file),
        changes.reduce((changed, [from, to]) => changed.replace(from, to), before),
      );
    }
    const { code, stdout } = await run('npx', ['tsc', '--noEmit'], { cwd: copy });
    expect([code, stdout]).toEqual([0, '']);
  });

  test('changes no status, header, body, log line or metric', async () => {
    const plain = await createGuardian();
    const fast = await createGuardian();
    const expected = await ask(plain, plain.app, {});
    const app = createApp(fast.dependencies, fastHelmet);
    const actual = await ask(fast, fastListener(app), { messages: fastMessages(app) });
    expect(actual).toEqual(expected);
    expect(Object.keys(expected.answers)).toHaveLength(14);
    expect(expected.log.length).toBeGreaterThan(8);
    const allowed = expect.stringMatching(/^guardian_decisions_total\{status="allow",failure="none"\} [23]$/) as string;
    expect(expected.counts).toContainEqual(allowed);
  });

  test('writes every log line before a stop, also for who reads late', async () => {
    const written = await readLate(2_000, 300, 'await stdout.flush(); process.exit(0);');
    const lines = written.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([...Array(2_000).keys()]);
  });

  test('keeps 16 MiB of the log for who does not read it, and whole lines', async () => {
    const written = await readLate(2_000, 20_000);
    const lines = written.trimEnd().split('\n');
    // And those that are on their way to who does read.
    expect(lines.length).toBeGreaterThan(700);
    expect(lines.length).toBeLessThan(1_000);
    const numbers = lines.map((line) => (JSON.parse(line) as { line: number }).line);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
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
