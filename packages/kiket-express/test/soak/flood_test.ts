import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, moveToDone } from '../support/deliver.ts';
import { isFull } from '../support/fullTests.ts';
import { secret } from '../support/guardian.ts';
import { load, readMemory, readMetric, renewMetrics, signedShot, type Outcome, type Shot } from '../support/load.ts';
import { signedHeaders } from '../support/sign.ts';
import { openSocket, readAnswer, wireBytes } from '../support/wire.ts';

const move = () => ({ ...moveToDone(), transition: { from: 'open', to: 'review', performed_by: 'mira@example.com' } });
/** A move whose issue has so many bytes of fields, a hundred each. */
const moveOf = (bytes: number) => {
  const fields = Array.from({ length: Math.ceil(bytes / 100) }, (_each, index) => [`field_${index}`, 'x'.repeat(80)]);
  const plain = move();
  return { ...plain, issue: { ...plain.issue, fields: Object.fromEntries(fields) as Record<string, string> } };
};
const secondsFromNow = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);

/** Ways to pretend to be Kiket without its secret; test/property/signature_test.ts has more. Each starts from a good delivery. */
const forgeries: ((good: Shot) => Shot)[] = [
  ({ body, headers }) => ({ body, headers: { ...headers, 'X-Kiket-Signature': randomBytes(32).toString('hex') } }),
  ({ body, headers }) => ({ body: `${body} `, headers }),
  ({ body, headers: { 'X-Kiket-Signature': _signature, ...headers } }) => ({ body, headers }),
  ({ body }) => signedAt(body, secondsFromNow(-302 - Math.floor(Math.random() * 100_000))),
];

function signedAt(body: string, timestamp: string, key = secret): Shot {
  return { body, headers: signedHeaders(key, body, timestamp) };
}

/** How many warnings a server logged in the second in which it logged most. */
function mostWarningsInASecond(stdout: string): number {
  const perSecond = new Map<string, number>();
  for (const line of stdout.trim().split('\n')) {
    const { level, time } = JSON.parse(line) as { level: string; time: string };
    const second = time.slice(0, 19);
    if (level === 'warn') perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  expect(perSecond.size).toBeGreaterThan(0);
  return Math.max(...perSecond.values());
}

/** A count of decisions that is above zero. */
const anyDecision = /^kiket_decisions_total\{.+\} [1-9]/m;

const served = { status: 200, body: { status: 'allow', metadata: {} } };

const forged = isFull ? 10_000 : 1_000;
/** Deliveries of which the costs are compared: small ones, and those of 400 KB. */
const [many, few] = isFull ? [1_000, 100] : [300, 10];
/** How often costs are compared; the median counts. */
const rounds = isFull ? 5 : 1;

/** Refusals: what they are, bytes of fields, how many, and how each is made of a body. */
const costs: [string, number, number, (body: string) => Shot][] = [
  ['with a wrong signature', 0, many, (body: string) => signedAt(body, secondsFromNow(0), 'another secret')],
  ['with an old timestamp', 0, many, (body: string) => signedAt(body, secondsFromNow(-1_000))],
  ['with a wrong signature, of 400 KB', 400_000, few, (body: string) => signedAt(body, secondsFromNow(0), 'another')],
  ['with an old timestamp, of 400 KB', 400_000, few, (body: string) => signedAt(body, secondsFromNow(-1_000))],
];

describe(`${forged} forged, mutated and stale deliveries`, () => {
  test('are refused, every one, and fill no log', async () => {
    const { url, child, finished } = await startBuilt();
    const forge = (index: number) => forgeries[index % forgeries.length]?.(signedShot(move())) ?? signedShot(move());
    const { counts } = await load(url, { connections: 10, until: forged }, forge);
    expect(counts).toEqual({ 401: forged });
    expect(await (await fetch(`${url}/metrics`)).text()).not.toMatch(anyDecision);
    expect(await deliver(url, move())).toMatchObject({ status: 200, body: { status: 'allow' } });

    child.kill('SIGTERM');
    expect(mostWarningsInASecond((await finished).stdout)).toBeLessThanOrEqual(10);
  });

  test.each(isFull ? costs : costs.slice(2))(
    'cost less than those that are accepted: %s',
    async (what, bytes, until, forge) => {
      const { url } = await startBuilt();
      const cost = async (outcome: Outcome, next: () => Shot) => {
        await renewMetrics(url);
        const before = await readMetric(url, 'process_cpu_seconds_total');
        const { counts } = await load(url, { connections: 5, until }, next);
        expect(counts).toEqual({ [outcome]: until });
        await renewMetrics(url);
        return (await readMetric(url, 'process_cpu_seconds_total')) - before;
      };
      const accept = () => signedShot(moveOf(bytes));
      const refuse = () => forge(JSON.stringify(moveOf(bytes)));
      const ratios: number[] = [];
      await cost('200', accept);
      for (let round = 0; round < rounds; round += 1) {
        const accepted = await cost('200', accept);
        ratios.push((await cost('401', refuse)) / accepted);
      }
      const median = ratios.toSorted((one, other) => one - other)[(rounds - 1) / 2];
      process.stdout.write(
        `a refusal ${what} costs ${median?.toFixed(2)} of an acceptance (median of ${rounds} rounds)\n`,
      );
      expect(median).toBeLessThan(1);
    },
  );
});

test('a thousand senders that stall with almost 512 KiB each fit into 256 MiB', async () => {
  const { url } = await startBuilt();
  const port = Number(new URL(url).port);
  const stalled = wireBytes({
    headers: { 'Content-Type': 'application/json', 'Content-Length': String(512 * 1024) },
    body: Buffer.alloc(511 * 1024, ' '),
  });
  const sockets = await Promise.all(Array.from({ length: 1_000 }, () => openSocket(port)));
  for (const socket of sockets) socket.resume().write(stalled);
  const memories: number[] = [];
  for (let look = 0; look < 10; look += 1) {
    expect(await deliver(url, move())).toMatchObject(served);
    memories.push(await readMemory(url));
  }
  const most = Math.max(...memories);
  process.stdout.write(`resident memory with 1,000 stalled senders: ${Math.round(most)} MiB\n`);
  expect(most).toBeLessThan(256);
});

test.runIf(isFull)('a body that comes in one-byte chunks costs no more memory than it has bytes', async () => {
  const { url } = await startBuilt();
  const port = Number(new URL(url).port);
  const head = wireBytes({ headers: { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' } });
  const kilobyteInChunks = '1\r\n \r\n'.repeat(1_000);
  const senders = new Set(Array.from({ length: 60 }, (_each, index) => index));
  const send = async (sender: number) => {
    const socket = await openSocket(port);
    // Not events.once: that would throw where the server breaks the connection, which it may.
    const closed = new Promise((resolve) => socket.once('close', resolve)).then(() => senders.delete(sender));
    const answer = readAnswer(socket).then(
      ({ status }) => status,
      () => undefined,
    );
    socket.write(head);
    for (let sent = 0; sent < 500 && socket.writable; sent += 1) {
      if (!socket.write(kilobyteInChunks)) {
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
      }
    }
    if (socket.writable) socket.write('0\r\n\r\n');
    return answer;
  };
  const sending = Promise.all([...senders].map(send));
  const memories: number[] = [];
  while (senders.size > 0 && memories.every((memory) => memory < 256)) {
    expect(await deliver(url, move())).toMatchObject(served);
    memories.push(await readMemory(url));
  }
  const most = Math.max(...memories);
  process.stdout.write(`resident memory with 60 bodies in one-byte chunks: ${Math.round(most)} MiB\n`);
  expect(most).toBeLessThan(256);
  expect(await sending).not.toContain(200);
});
