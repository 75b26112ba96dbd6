import { setTimeout as wait } from 'node:timers/promises';
import { readAnswer } from 'kiket-express';
import type { FaultSwitches } from './faults.ts';

/** The answer: a status and a body, or the reason why there is none. */
export interface Answer {
  status: number | null;
  answer: string | null;
  error: string | null;
  milliseconds: number;
}

/** One signed POST. */
export interface Letter {
  url: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
}

/** Replaces an answer that a fault has swallowed. */
export const faultAnswer = '{"error":"Answered by the sandbox."}';

/** Posts to the extension, subject to the faults that are on. Doesn't follow redirects and never throws. */
export async function post(letter: Letter, faults: FaultSwitches): Promise<Answer> {
  const startedAt = performance.now();
  const answer = await postPlainly(letter, faults.current().latency);
  const milliseconds = Math.round(performance.now() - startedAt);
  return { ...(await distort(answer, faults)), milliseconds };
}

/** Posts without faults, except for delays. */
export async function postPlainly(
  { url, headers, body, timeoutMs }: Letter,
  latencyMs = 0,
): Promise<Omit<Answer, 'milliseconds'>> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    await wait(latencyMs, undefined, { signal });
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    return { status: response.status, answer: await readAnswer(response, 'POST'), error: null };
  } catch (error) {
    return {
      status: null,
      answer: null,
      error: signal.aborted ? `No answer within ${timeoutMs} ms.` : reasonOf(error),
    };
  }
}

async function distort(answer: Omit<Answer, 'milliseconds'>, faults: FaultSwitches): Promise<typeof answer> {
  const proxy = (status: number) => ({ status, answer: faultAnswer, error: null });
  if (await faults.strikes('drop')) return { status: null, answer: null, error: 'The connection was cut.' };
  if (await faults.strikes('error')) return proxy(500);
  return (await faults.strikes('too_many')) ? proxy(429) : answer;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}
