import { createHmac } from 'node:crypto';
import type { Faults } from './faults.ts';

/**
 * The headers that prove where a body is from, in one of the three forms that are in use: HMAC SHA-256 in hex over the
 * body (A), over `<unix seconds>.<body>` (B), and B with `sha256=` in front (C). In lines of its own, so that the
 * extension is not tested with its own code.
 */
export function signatureHeaders(
  body: string,
  { secret, variant, now }: { secret: string; variant: Faults['signature']; now: Date },
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const hex = (signed: string) => createHmac('sha256', secret).update(signed).digest('hex');
  if (variant === 'A') return { 'X-Kiket-Signature': hex(body) };
  const prefix = variant === 'C' ? 'sha256=' : '';
  return { 'X-Kiket-Timestamp': timestamp, 'X-Kiket-Signature': prefix + hex(`${timestamp}.${body}`) };
}
