import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { secret } from './guardian.ts';
import { signedHeaders } from './sign.ts';

/** One POST to /webhook. */
export interface Shot {
  body: string;
  headers: Record<string, string>;
}

/**
 * How a delivery ended: with an HTTP status; with a 200 in which no guard decided and the failure policy did, which is no
 * success; or without an answer, because the connection broke or nothing came.
 */
export type Outcome = `${number}` | 'by policy' | 'no answer';

/** What came back. */
export interface LoadResult {
  /** How often there was each outcome. */
  counts: Partial<Record<Outcome, number>>;
  /** The median time of each outcome, in milliseconds. */
  medianMs: Partial<Record<Outcome, number>>;
  slowestMs: number;
}

/** How much to send, and for how long at most. */
export interface LoadOptions {
  connections: number;
  until: number;
  seconds?: number;
}

/** Much longer than Kiket waits: whoever got no answer by then gets none. In milliseconds. */
const answerTimeoutMs = 30_000;

/** Signs a payload with the time that it is. */
export function signedShot(payload: unknown): Shot {
  const body = JSON.stringify(payload);
  return { body, headers: signedHeaders(secret, body, String(Math.floor(Date.now() / 1000))) };
}

/**
 * Posts over so many connections to a server on this machine, each one delivery after the other, until `until` of them
 * were sent or the time is over.
 */
export async function load(
  url: string,
  { connections, until, seconds = 60 }: LoadOptions,
  next: (index: number) => Shot,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const giveUpAt = performance.now() + seconds * 1000;
  const times = new Map<Outcome, number[]>();
  let sent = 0;
  const sendAll = async () => {
    while (sent < until && performance.now() < giveUpAt) {
      const shot = next(sent);
      sent += 1;
      const startedAt = performance.now();
      const outcome = await post(url, agent, shot);
      const took = performance.now() - startedAt;
      const others = times.get(outcome) ?? [];
      times.set(outcome, others);
      others.push(took);
    }
  };
  await Promise.all(Array.from({ length: connections }, sendAll));
  agent.destroy();
  const sorted = [...times].map(([outcome, each]) => [outcome, each.toSorted((one, other) => one - other)] as const);
  return {
    counts: Object.fromEntries(sorted.map(([outcome, { length }]) => [outcome, length])),
    medianMs: Object.fromEntries(sorted.map(([outcome, each]) => [outcome, each[Math.floor(each.length / 2)]])),
    slowestMs: Math.max(0, ...sorted.map(([, each]) => each.at(-1) ?? 0)),
  };
}

function post(url: string, agent: Agent, { body, headers }: Shot): Promise<Outcome> {
  const length = { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const lost = () => resolve('no answer');
    const options = { method: 'POST', agent, headers: { ...headers, ...length }, timeout: answerTimeoutMs };
    const sending = request(`${url}/webhook`, options, (response) => {
      text(response).then((answer) => resolve(outcomeOf(response.statusCode ?? 0, answer)), lost);
    });
    sending.once('timeout', () => sending.destroy());
    sending.once('error', lost);
    sending.end(body);
  });
}

function outcomeOf(status: number, answer: string): Outcome {
  if (status !== 200) return `${status}`;
  const { metadata } = JSON.parse(answer) as { metadata?: { failure?: string } };
  return metadata?.failure === undefined ? '200' : 'by policy';
}

/** Reads one number from a server's metrics, or throws a `RangeError` if there is none of that name. */
export async function readMetric(url: string, name: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const line = metrics.split('\n').find((each) => each.replace(/\{.*\}/, '').startsWith(`${name} `));
  if (line === undefined) throw new RangeError(`${url}/metrics has no ${name}.`);
  return Number(line.split(' ').at(-1));
}

/** Waits until a server's metrics are newer than they are now: one that is asked often shows the same for a second. */
export async function renewMetrics(url: string): Promise<void> {
  const read = async () => (await fetch(`${url}/metrics`)).text();
  const before = await read();
  while ((await read()) === before) await wait(20);
}

/** The memory that a server has, in MiB. */
export async function readMemory(url: string): Promise<number> {
  return (await readMetric(url, 'process_resident_memory_bytes')) / 1024 / 1024;
}

/** Looks at a server's memory twice a second until it is stopped, which returns what it saw, in MiB. */
export function watchMemory(url: string): { stop: () => Promise<number[]> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const watch = async () => {
    const seen: number[] = [];
    while (!signal.aborted) {
      seen.push(await readMemory(url));
      await wait(500, undefined, { signal }).catch(() => {});
    }
    return seen;
  };
  const watching = watch();
  // Whoever stops it gets the error.
  watching.catch(() => {});
  return {
    stop: () => {
      stopping.abort();
      return watching;
    },
  };
}
