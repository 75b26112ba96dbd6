import * as z from 'zod';
import { DeliveryError } from '../errors.ts';

/** What is known about a failed call. */
export interface KiketFailure {
  /** `GET /api/v1/ext/issues/ORD-42`: the call, without its parameters. */
  call: string;
  /** HTTP status of the answer, if there was one. */
  status?: number | undefined;
  /** The answer's body. */
  text?: string;
  /** How long Kiket asks to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/**
 * A call to Kiket failed. Its code says what to do: `kiket_unavailable` (no answer in time, 408, 429, 5xx) is
 * temporary, so Kiket should deliver again; `kiket_refused` (every other status, and invalid answers) is not.
 *
 * Kiket's answer is in `cause`, which only goes to the log. If a handler doesn't catch this error, the answer has the
 * code's own message.
 */
export class KiketError extends DeliveryError {
  override readonly name = 'KiketError';
  /** HTTP status of Kiket's answer; `undefined` if there was none. */
  readonly status: number | undefined;
  /** Kiket's own code, such as `WORKFLOW_TRANSITION_GUARD_FAILED`. */
  readonly apiCode: string | undefined;
  /** Kiket's messages about single fields, as received. */
  readonly details: readonly unknown[];
  /** How long Kiket asks to wait before the next call, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor({ call, status, text = '', retryAfterMs, cause }: KiketFailure) {
    const problem = parseProblem(text);
    super(isPassing(status) ? 'kiket_unavailable' : 'kiket_refused', {
      cause: new Error(`${call}: ${[status, problem.message].filter((part) => part !== undefined).join(' ')}`, {
        cause,
      }),
    });
    this.status = status;
    this.apiCode = problem.code;
    this.details = problem.details;
    this.retryAfterMs = retryAfterMs;
  }
}

function isPassing(status: number | undefined): boolean {
  return status === undefined || status >= 500 || status === 429 || status === 408;
}

const problemText = z.string().nullish().catch(undefined);
/** The three shapes of Kiket's errors, one of them RFC 9457. Unexpected values are left out. */
const problemSchema = z.looseObject({
  message: problemText,
  detail: problemText,
  title: problemText,
  error: problemText,
  code: problemText,
  details: z.array(z.unknown()).nullish().catch(undefined),
});

/** How much of an answer the log quotes, in characters. */
const quotedLength = 500;

function parseProblem(text: string): { message: string | undefined; code: string | undefined; details: unknown[] } {
  const { data } = problemSchema.safeParse(parseJson(text));
  const { message, detail, title, error, code, details } = data ?? {};
  const problem = message ?? detail ?? title ?? error ?? text.trim();
  return {
    message: problem === '' ? undefined : problem.slice(0, quotedLength),
    code: code ?? undefined,
    details: details ?? [],
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
