import type * as z from 'zod';
import { KiketError } from './kiketError.ts';

/** The largest answer that is read by default. */
export const answerLimitBytes = 5 * 1024 * 1024;

/**
 * Reads an answer as text.
 *
 * @throws KiketError `kiket_refused` if it's larger
 */
export async function readAnswer(response: Response, call: string, limitBytes = answerLimitBytes): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) {
      throw notUnderstood(call, response.status, `The answer is larger than ${limitBytes / 1024 / 1024} MB.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON of an answer; `undefined` for an empty one. Throws a {@link KiketError} if it isn't JSON. */
export function parseAnswer(text: string, call: string, status: number): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notUnderstood(call, status, 'The answer is not JSON.', error);
  }
}

/** Checks the shape of an answer, or throws a {@link KiketError} whose cause names the problem. */
export function parseShape<Schema extends z.ZodType>(schema: Schema, answer: unknown, call: string): z.infer<Schema> {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw notUnderstood(call, 200, "The answer doesn't have the expected shape.", parsed.error);
  return parsed.data;
}

function notUnderstood(call: string, status: number, text: string, cause?: unknown): KiketError {
  return new KiketError({ call, status, text, cause });
}

/**
 * How long Kiket asks to wait, in milliseconds: `Retry-After` as seconds or a date, or else, if the rate limit is
 * exceeded, `X-RateLimit-Reset` as seconds from now or Unix seconds.
 */
export function readRetryAfterMs(headers: Headers, nowMs: number = Date.now()): number | undefined {
  const retryAfter = headers.get('retry-after');
  if (retryAfter !== null) return toWaitMs(retryAfter, nowMs);
  return readHoldMs(headers, nowMs);
}

/** How long Kiket takes no further calls, in milliseconds: until `X-RateLimit-Reset`, if the limit is exceeded. */
export function readHoldMs(headers: Headers, nowMs: number = Date.now()): number | undefined {
  const [remaining, reset] = [headers.get('x-ratelimit-remaining'), headers.get('x-ratelimit-reset')];
  const isUsedUp = remaining !== null && remaining !== '' && Number(remaining) <= 0;
  return reset !== null && isUsedUp ? toWaitMs(reset, nowMs) : undefined;
}

/** Smaller numbers are seconds from now, larger ones Unix seconds. */
const firstUnixSeconds = 1_000_000_000;

/** Nobody waits for longer before a call is tried again, in milliseconds: an answer that says more is mistaken. */
const longestWaitMs = 60 * 60 * 1000;

function toWaitMs(text: string, nowMs: number): number | undefined {
  const seconds = /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
  const time = seconds === undefined ? Date.parse(text) : seconds * 1000;
  const waitMs = seconds !== undefined && seconds < firstUnixSeconds ? time : time - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), longestWaitMs);
}
