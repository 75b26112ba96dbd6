import * as z from 'zod';

/** The sandbox refuses a request. `message` says why and what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly details: readonly { field: string; message: string }[];
  /** When to try again, in seconds. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    { details = [], retryAfter }: { details?: Refusal['details']; retryAfter?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.retryAfter = retryAfter;
  }
}

/** Any error as a refusal: 422 for invalid input, 500 for unexpected errors. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof z.ZodError) {
    const details = error.issues.map(({ path, message }) => ({ field: path.join('.') || 'body', message }));
    const problems = details.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return new Refusal(422, 'VALIDATION_FAILED', `Invalid request: ${problems}.`, { details });
  }
  if (error instanceof SyntaxError && 'body' in error) {
    return new Refusal(400, 'JSON_INVALID', 'The body is not JSON.');
  }
  if (isUnreadable(error)) return new Refusal(error.status, 'UNREADABLE', `Unreadable request: ${error.message}.`);
  return new Refusal(
    500,
    'SANDBOX_FAILED',
    `The sandbox failed: ${error instanceof Error ? error.message : String(error)}`,
  );
}

/** Whether Express itself rejects the request, for example for a body that is too large or an invalid path. */
function isUnreadable(error: unknown): error is Error & { status: number } {
  return error instanceof Error && 'status' in error && (error.status === 400 || error.status === 413);
}

/** The body of an error, in one of the three forms that Kiket's sources show. */
export function refusalBody(refusal: Refusal, shape: 'text' | 'detailed' | 'problem'): Record<string, unknown> {
  const { status, code, message, details, retryAfter } = refusal;
  const wait = retryAfter === undefined ? {} : { retry_after: retryAfter };
  if (shape === 'problem') {
    return { type: `https://kiket.dev/errors/${code.toLowerCase()}`, title: message, status, ...wait };
  }
  if (shape === 'detailed') return { error: code.toLowerCase(), message, code, details, ...wait };
  return { error: message, ...wait };
}
