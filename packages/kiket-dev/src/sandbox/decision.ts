import { isDelivered, type Attempt } from './deliveryLog.ts';

/** What a required guard's answer means for the move. */
export interface Decision {
  status: 'allow' | 'pending' | 'deny';
  message: string | null;
  /** The extension's metadata, such as `reasons`. */
  metadata: Readonly<Record<string, unknown>>;
}

/**
 * Reads the answer of a required guard as in the guide: an empty or malformed answer allows, and any failure (4xx, 5xx,
 * no answer in time) denies.
 */
export function readDecision(attempt: Pick<Attempt, 'status' | 'answer' | 'error'>): Decision {
  if (!isDelivered(attempt)) {
    return { status: 'deny', message: `The extension gave no decision: ${failureOf(attempt)}`, metadata: {} };
  }
  const body = parseObject(attempt.answer ?? '');
  const message = typeof body?.['message'] === 'string' ? body['message'] : null;
  const metadata = asObject(body?.['metadata']) ?? {};
  const status = body?.['status'];
  return { status: status === 'deny' || status === 'pending' ? status : 'allow', message, metadata };
}

/** Why an attempt failed, including the extension's own message. */
export function failureOf({ status, answer, error }: Pick<Attempt, 'status' | 'answer' | 'error'>): string {
  const reason = error ?? `HTTP ${String(status)}`;
  const message = asObject(parseObject(answer ?? '')?.['error'])?.['message'];
  return typeof message === 'string' ? `${reason}. ${message}` : reason;
}

/** The text as a JSON object, or `undefined` if it isn't one. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
