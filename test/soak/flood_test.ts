import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, moveToDone } from '../support/deliver.ts';
import { load, readMetric, signedShot, type Shot } from '../support/load.ts';
import { hmac, signedHeaders } from '../support/sign.ts';
import { openSocket, wireBytes } from '../support/wire.ts';

const move = () => ({ ...moveToDone(), transition: { from: 'open', to: 'review', performed_by: 'mira@example.com' } });
const secondsFromNow = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);

/** Ways to pretend to be Kiket without its secret. Each starts from a delivery that would be accepted. */
const forgeries: ((good: Shot) => Shot)[] = [
  ({ body, headers }) => ({ body, headers: { ...headers, 'X-Kiket-Signature': randomBytes(32).toString('hex') } }),
  ({ body }) => ({ body, headers: signedHeaders(randomBytes(24).toString('hex'), body, secondsFromNow(0)) }),
  ({ body, headers }) => ({ body: flip(body), headers }),
  ({ body, headers }) => ({ body: `${body} `, headers }),
  ({ body, headers }) => ({ body, headers: { ...headers, 'X-Kiket-Signature': flip(headers['X-Kiket-Signature']) } }),
  ({ body, headers }) => ({
    body,
    headers: { ...headers, 'X-Kiket-Signature': headers['X-Kiket-Signature']?.slice(2) ?? '' },
  }),
  ({ body, headers }) => ({ body, headers: { ...headers, 'X-Kiket-Timestamp': secondsFromNow(1) } }),
  ({ body, headers }) => ({ body, headers: { ...headers, 'X-Kiket-Timestamp': `${headers['X-Kiket-Timestamp']} ,` } }),
  ({ body, headers: { 'X-Kiket-Timestamp': _time, ...headers } }) => ({ body, headers }),
  ({ body, headers: { 'X-Kiket-Signature': _signature, ...headers } }) => ({ body, headers }),
  ({ body }) => ({ body, headers: { 'Content-Type': 'application/json', 'X-Kiket-Signature': hmac('', body) } }),
  // Signed well, but long ago or in the future.
  ({ body }) => signedAt(body, secondsFromNow(-302 - Math.floor(Math.random() * 100_000))),
  ({ body }) => signedAt(body, secondsFromNow(302 + Math.floor(Math.random() * 100_000))),
];

function signedAt(body: string, timestamp: string): Shot {
  return { body, headers: signedHeaders('a secret for tests alone', body, timestamp) };
}

/** Changes one character for another, anywhere. */
function flip(text = ''): string {
  const index = Math.floor(Math.random() * text.length);
  const other = text[index] === 'a' ? 'b' : 'a';
  return `${text.slice(0, index)}${other}${text.slice(index + 1)}`;
}

describe('10,000 forged, mutated and stale deliveries', () => {
  test('are refused, every one, and fill no log', async () => {
    const { url, child, finished } = await startBuilt();
    const forge = (index: number) => forgeries[index % forgeries.length]?.(signedShot(move())) ?? signedShot(move());
    const { statuses } = await load(url, { connections: 10, until: 10_000 }, forge);
    expect(statuses).toEqual({ 401: 10_000 });
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('guardian_decisions_total{');
    expect(await deliver(url, move())).toMatchObject({ status: 200, body: { status: 'allow' } });

    child.kill('SIGTERM');
    const lines = (await finished).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    const refused = lines.filter(({ level }) => level === 'warn').map(({ time = '' }) => time.slice(0, 19));
    const perSecond = refused.map((second) => refused.filter((other) => other === second).length);
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(10);
  });

  test('cost less than those that are accepted', async () => {
    const { url } = await startBuilt();
    const cost = async (next: () => Shot) => {
      const before = await readMetric(url, 'process_cpu_seconds_total');
      await load(url, { connections: 5, until: 2_000 }, next);
      return (await readMetric(url, 'process_cpu_seconds_total')) - before;
    };
    const ratios: number[] = [];
    await cost(() => signedShot(move()));
    for (let round = 0; round < 5; round += 1) {
      const accepted = await cost(() => signedShot(move()));
      const refused = await cost(() => signedAt(JSON.stringify(move()), secondsFromNow(-1_000)));
      ratios.push(refused / accepted);
    }
    const median = ratios.toSorted((one, other) => one - other)[2];
    process.stdout.write(`a refusal costs ${median?.toFixed(2)} of an acceptance (median of 5 rounds)\n`);
    expect(median).toBeLessThan(1);
  });
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
    expect(await deliver(url, move())).toMatchObject({ status: 200, body: { status: 'allow' } });
    memories.push(await readMetric(url, 'process_resident_memory_bytes'));
  }
  const most = Math.max(...memories) / 1024 / 1024;
  process.stdout.write(`resident memory with 1,000 stalled senders: ${Math.round(most)} MiB\n`);
  expect(most).toBeLessThan(256);
});
