import { refusedBecause } from './errors.ts';

/** Asks a sandbox over its control API. Rejects with what the sandbox says is wrong. */
export type Ask = <Value>(method: string, path: string, body?: unknown) => Promise<Value>;

/** Connects to the sandbox at a URL such as `http://127.0.0.1:4400`. */
export function connectTo(url: string): Ask {
  return async <Value>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/sandbox/api${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw refusedBecause(answer);
    return answer as Value;
  };
}

/** What listens at a URL. */
export async function whatIsAt(url: string): Promise<'sandbox' | 'nothing' | 'something else'> {
  let response: Response;
  try {
    response = await fetch(`${url}/sandbox/api`, { signal: AbortSignal.timeout(2_000) });
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return isTimeout ? 'something else' : 'nothing';
  }
  const text = await response.text();
  return text === JSON.stringify({ sandbox: 'kiket' }) ? 'sandbox' : 'something else';
}
