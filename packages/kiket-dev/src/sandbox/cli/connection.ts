/** The default port of a sandbox and its commands. */
export const defaultPort = '4400';

/** Calls a sandbox's control API. Rejects with the sandbox's error message. */
export type Ask = <Value>(method: string, path: string, body?: unknown) => Promise<Value>;

/** Connects to the sandbox at a URL such as `http://127.0.0.1:4400`. */
export function connectTo(url: string): Ask {
  return async <Value>(method: string, path: string, body?: unknown) => {
    const { isDone, answer } = await exchange(`${url}/sandbox/api${path}`, method, body).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const advice = 'To see whether the command was carried out, start it again: npx kiket-dev sandbox';
      throw new Error(`The sandbox at ${url} stopped during the command (${reason}). ${advice}`, { cause: error });
    });
    if (!isDone) throw refusedBecause(answer);
    return answer as Value;
  };
}

/** The error for an answer of the control API outside 2xx. */
function refusedBecause(answer: unknown): Error {
  const message = typeof answer === 'object' && answer !== null && 'message' in answer ? answer.message : answer;
  return new Error(typeof message === 'string' ? message : JSON.stringify(message));
}

async function exchange(url: string, method: string, body: unknown): Promise<{ isDone: boolean; answer: unknown }> {
  const response = await fetch(url, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { isDone: response.ok, answer: await response.json() };
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
