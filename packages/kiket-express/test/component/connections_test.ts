import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttpServer } from '../../src/server/http.ts';
import { allow, success } from '../../src/extension/decision.ts';
import type { Guard } from '../../src/extension/extension.ts';
import { problems } from '../../src/errors.ts';
import { extension } from '../fixture/src/extension.ts';
import { defer } from '../support/defer.ts';
import { createGuardian, secret, type GuardianOptions } from '../support/guardian.ts';
import { signedHeaders } from '../support/sign.ts';
import { exchange, openSocket, readAnswer, wireBytes } from '../support/wire.ts';

/** A guardian behind a real socket, with a clock that runs. */
async function startGuardian({ sendWithinMs, ...options }: GuardianOptions & { sendWithinMs?: number } = {}) {
  const guardian = await createGuardian({ clock: () => new Date(), ...options });
  return { ...guardian, ...(await serveApp(guardian.app, sendWithinMs)) };
}

async function serveApp(app: RequestListener, sendWithinMs?: number) {
  const server = createHttpServer(app, sendWithinMs === undefined ? {} : { sendWithinMs });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    countConnections: promisify(server.getConnections.bind(server)),
  };
}

const move = JSON.stringify({
  event: 'workflow.before_transition',
  issue: { id: 42, project_id: 7, organization_id: 3 },
  transition: { from: 'open', to: 'review', performed_by: 'mira@example.com' },
});
const report = JSON.stringify({ action_key: 'guardian_report', organization_id: 3, context: { user: { id: 23 } } });

/** Bytes of a well-signed delivery. */
function signed(body: string): Buffer {
  return wireBytes({ body, headers: signedHeaders(secret, body, String(Math.floor(Date.now() / 1000))) });
}

/** Bytes of a request after which the connection stays open. */
const lasting = (method: string, path: string) => wireBytes({ method, path, headers: { Connection: 'keep-alive' } });

/** Everything that comes back over a connection until it is closed: the status of each answer. */
async function readStatuses(socket: Socket): Promise<number[]> {
  return [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
}

/** A client that does everything right, and what it gets. */
const serve = (port: number) => exchange(port, signed(move));
const served = { status: 200, body: { status: 'allow', metadata: {} } };

/** A request that says its body has so many bytes, and sends all but one. */
function unfinished(bytes: number): Buffer {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(bytes) };
  return wireBytes({ headers, body: ' '.repeat(bytes - 1) });
}

const incomplete = { error: { code: 'body_incomplete', message: problems.body_incomplete.message } };
const tooLarge = { error: { code: 'headers_too_large', message: problems.headers_too_large.message } };

describe('what never becomes a request is answered with JSON', () => {
  test.each([
    ['a body that ends early', unfinished(9), 400, incomplete],
    ['bytes that are not HTTP', Buffer.from('hello?\r\n\r\n'), 400, incomplete],
    ['headers that are too large', wireBytes({ headers: { 'X-Large': 'x'.repeat(20_000) } }), 431, tooLarge],
  ])('%s', async (_what, bytes, expectedStatus, expected) => {
    const { port } = await startGuardian();
    const socket = await openSocket(port);
    socket.end(bytes);
    const { status, head, body } = await readAnswer(socket);
    expect([status, body]).toEqual([expectedStatus, expected]);
    expect(head).toContain('\r\nContent-Type: application/json\r\n');
  });

  test.each(['hello?\r\n\r\n', 'CONNECT kiket.dev:443 HTTP/1.1\r\n\r\n'])(
    'and its connection is closed, even if its client keeps its own side open: %j',
    async (bytes) => {
      const { countConnections, port } = await startGuardian();
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      onTestFinished(() => void socket.destroy());
      socket.resume().write(bytes);
      await once(socket, 'end');
      await expect.poll(countConnections, { timeout: 3_000 }).toBe(0);
    },
  );

  test('and a client that is gone before that breaks nothing', async () => {
    const { server, port } = await startGuardian();
    const gone = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done(new Error('write EPIPE')) });
    server.emit('connect', undefined, gone);
    await expect.poll(() => gone.destroyed).toBe(true);
    expect(await serve(port)).toMatchObject(served);
  });
});

test.each([
  [4_000, [401]],
  [5_000, []],
])('a body in %s pieces of a byte is answered with %j before its connection is closed', async (count, statuses) => {
  const { port } = await startGuardian();
  const socket = await openSocket(port);
  const head = wireBytes({ headers: { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' } });
  socket.write(`${String(head)}${'1\r\n \r\n'.repeat(count)}0\r\n\r\n`);
  expect(await readStatuses(socket).catch(() => [])).toEqual(statuses);
});

test('a delivery without any body is an empty one', async () => {
  const { port } = await startGuardian();
  const { status, body } = await exchange(port, signed(''));
  expect([status, body]).toMatchObject([400, { error: { code: 'json_invalid' } }]);
});

describe('clients that are served do not notice', () => {
  test('more connections than 1,024: no more are kept, and new ones are served when some of those close', async () => {
    const { server, port, countConnections } = await startGuardian();
    let turnedAway = 0;
    server.on('drop', () => (turnedAway += 1));
    const sockets = await Promise.all(Array.from({ length: 1_024 }, () => openSocket(port)));
    // Node 26 closes those that are silent.
    for (const socket of sockets) socket.write('P');
    await expect.poll(countConnections).toBe(1_024);
    await Promise.all(Array.from({ length: 76 }, () => openSocket(port)));
    await expect.poll(() => turnedAway).toBe(76);
    expect(await countConnections()).toBe(1_024);

    for (const socket of sockets.slice(0, 100)) socket.destroy();
    await expect.poll(countConnections).toBe(924);
    expect(await serve(port)).toMatchObject(served);
  });

  test('senders that never finish a large body: the 65th is turned away, so that they fit into memory', async () => {
    const { port } = await startGuardian();
    const sockets = await Promise.all(Array.from({ length: 64 }, () => openSocket(port)));
    for (const socket of sockets) socket.write(unfinished(65 * 1024));
    const large = signed(move.padEnd(65 * 1024));
    await expect
      .poll(() => exchange(port, large))
      .toMatchObject({ status: 503, body: { error: { code: 'overloaded' } } });
    expect(await serve(port)).toMatchObject(served);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => exchange(port, large)).toMatchObject({ status: 200 });
  });

  test('copies of one delivery whose guards take long: they have a quarter of the places', async () => {
    const finish = defer();
    let asked = 0;
    const slow: Guard = async ({ issue }) => {
      if (issue.id === '42') return allow();
      asked += 1;
      await finish.promise;
      return allow();
    };
    const waiting = { ...extension, when: () => true, guards: { slow } };
    const { port } = await startGuardian({ maxInFlight: 8, extension: waiting });
    const bytes = signed(move.replace('42', '43'));
    const copies = Promise.all([exchange(port, bytes), exchange(port, bytes)]);
    await expect.poll(() => asked).toBe(2);
    expect(await exchange(port, bytes)).toMatchObject({ status: 503, body: { error: { code: 'overloaded' } } });
    expect(await serve(port)).toMatchObject(served);
    finish.resolve();
    expect(await copies).toMatchObject([served, served]);
    expect(await exchange(port, bytes)).toMatchObject(served);
  });

  test('300 clients that hang up in the middle of a body', async () => {
    const { port } = await startGuardian({ maxInFlight: 8 });
    for (let count = 0; count < 300; count += 1) {
      const socket = await openSocket(port);
      socket.write(unfinished(9));
      socket.destroy();
    }
    expect(await serve(port)).toMatchObject(served);
  });

  test('a client that hangs up before its answer: what it asked for is done once, and its place is free', async () => {
    const started = defer();
    const finish = defer();
    let runs = 0;
    const { port, logged } = await startGuardian({
      maxInFlight: 1,
      extension: {
        ...extension,
        actions: {
          guardian_report: async () => {
            runs += 1;
            started.resolve();
            await finish.promise;
            return success(`Run ${runs}.`);
          },
        },
      },
    });
    const bytes = signed(report);
    const hasty = await openSocket(port);
    hasty.write(bytes);
    await started.promise;
    hasty.destroy();
    await expect.poll(() => logged().at(-1)).toMatchObject({ outcome: 'connection_lost', httpStatus: 0 });
    finish.resolve();
    await expect.poll(() => exchange(port, bytes)).toMatchObject({ status: 200, body: { message: 'Run 1.' } });
  });
});

describe('a client that is slow', () => {
  test.each([
    ['with its headers', 'POST /webhook HTTP/1.1\r\n', 'X: 1\r\n'],
    ['with its body', unfinished(100_000).subarray(0, 200), ' '],
  ])('%s is answered so when its time is over', async (_what, first, more) => {
    const { port } = await startGuardian({ sendWithinMs: 300 });
    const socket = await openSocket(port);
    socket.write(first);
    const trickle = setInterval(() => socket.write(more), 20);
    onTestFinished(() => clearInterval(trickle));
    const { status, body } = await readAnswer(socket);
    expect([status, body]).toEqual([408, incomplete]);
    expect(await serve(port)).toMatchObject(served);
  });

  test('and sends nothing at all gets one as well', async () => {
    const { port } = await startGuardian({ sendWithinMs: 300 });
    const { status, body } = await readAnswer(await openSocket(port));
    expect([status, body]).toEqual([408, incomplete]);
  });
});

describe('a connection on which much is asked before anything is answered', () => {
  test.each(['/metrics', '/health', '/readyz', '/webhook', '/nowhere'])(
    'has 16 requests in progress, is refused another, and is closed: %s',
    async (path) => {
      const { port } = await startGuardian();
      const socket = await openSocket(port);
      socket.write(Buffer.concat(Array.from({ length: 2_000 }, () => lasting('GET', path))));
      const statuses = await readStatuses(socket);
      expect(statuses).toHaveLength(17);
      expect([new Set(statuses.slice(0, 16)).size, statuses.at(-1)]).toEqual([1, 503]);
      expect(await serve(port)).toMatchObject(served);
    },
  );

  test('is read no further while those are in hand', async () => {
    const answers: (() => void)[] = [];
    const { port, server } = await serveApp((_request, response) => void answers.push(() => response.end()));
    const accepted = once(server, 'connection');
    const socket = await openSocket(port);
    const [serverSide] = (await accepted) as [Socket];
    const statuses = readStatuses(socket);
    socket.write(Buffer.concat(Array.from({ length: 17 }, () => lasting('GET', '/'))));
    await expect.poll(() => serverSide.isPaused()).toBe(true);
    const { bytesRead } = serverSide;
    socket.write(Buffer.alloc(1024 * 1024, ' '));
    expect(answers).toHaveLength(16);
    for (const answer of answers.toReversed()) answer();
    expect(await statuses).toEqual([...Array<number>(16).fill(200), 503]);
    expect(serverSide.bytesRead).toBe(bytesRead);
  });

  test('and a few at a time goes on for as long as it likes', async () => {
    const { port } = await startGuardian();
    const socket = await openSocket(port);
    let received = '';
    socket.on('data', (bytes: Buffer) => (received += bytes.toString('latin1')));
    for (let round = 1; round <= 5; round += 1) {
      socket.write(Buffer.concat(Array.from({ length: 16 }, () => lasting('GET', '/health'))));
      await expect.poll(() => received.split('HTTP/1.1 200').length - 1).toBe(round * 16);
    }
  });
});

describe('a connection between two deliveries', () => {
  test('stays open for longer than proxies keep theirs, and than a silent client may', async () => {
    const { server, port } = await startGuardian({ sendWithinMs: 20 });
    const socket = await openSocket(port);
    socket.write(lasting('GET', '/health'));
    await once(socket, 'data');
    // Each takes longer than anybody may be silent.
    for (let count = 0; count < 3; count += 1) await readAnswer(await openSocket(port));
    socket.write(signed(move));
    expect((await readAnswer(socket)).status).toBe(200);
    expect(server.keepAliveTimeout).toBeGreaterThan(600_000);
  });

  test('is closed where others would be kept out', async () => {
    const { port, server, countConnections } = await startGuardian();
    const sockets = await Promise.all(Array.from({ length: 1_024 }, () => openSocket(port)));
    for (const socket of sockets) {
      socket.write(lasting('GET', '/health'));
      await once(socket, 'data');
    }
    const turnedAway = once(server, 'drop');
    await openSocket(port);
    await turnedAway;
    await expect.poll(countConnections).toBe(0);
    expect(await serve(port)).toMatchObject(served);
  });
});

test('a client that never reads its answer is cut', async () => {
  const { port, countConnections } = await serveApp((_request, response) => {
    response.end(Buffer.alloc(64 * 1024 * 1024));
  }, 50);
  const socket = await openSocket(port);
  socket.pause().write(lasting('GET', '/'));
  await expect.poll(countConnections).toBe(1);
  await expect.poll(countConnections, { timeout: 5_000 }).toBe(0);
});
