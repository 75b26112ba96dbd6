import { Agent, request } from 'node:http';
import { secret } from './guardian.ts';
import { signedHeaders } from './sign.ts';

/** One POST to /webhook. */
export interface Shot {
  body: string;
  headers: Record<string, string>;
}

/** What came back. */
export interface LoadResult {
  /** How often each HTTP status was answered; 0 where the connection broke. */
  statuses: Record<number, number>;
  slowestMs: number;
}

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
  { connections, until, seconds = Infinity }: { connections: number; until: number; seconds?: number },
  next: (index: number) => Shot,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const giveUpAt = performance.now() + seconds * 1000;
  const result: LoadResult = { statuses: {}, slowestMs: 0 };
  let sent = 0;
  const sendAll = async () => {
    while (sent < until && performance.now() < giveUpAt) {
      const shot = next(sent);
      sent += 1;
      const startedAt = performance.now();
      const status = await post(url, agent, shot);
      result.slowestMs = Math.max(result.slowestMs, performance.now() - startedAt);
      result.statuses[status] = (result.statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, sendAll));
  agent.destroy();
  return result;
}

function post(url: string, agent: Agent, { body, headers }: Shot): Promise<number> {
  const length = { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const options = { method: 'POST', agent, headers: { ...headers, ...length } };
    const sending = request(`${url}/webhook`, options, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', () => resolve(0));
    });
    sending.once('error', () => resolve(0));
    sending.end(body);
  });
}

/** Reads one number from a server's metrics; 0 if it is not there yet. */
export async function readMetric(url: string, name: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const line = metrics.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}
