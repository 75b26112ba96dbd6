import { createHmac } from 'node:crypto';
import type { Faults } from './faults.ts';

/**
 * The headers that sign a body, in one of the three forms in use: HMAC SHA-256 in hex over the body (A), over `<unix
 * seconds>.<body>` (B), and B with `sha256=` in front (C). Separate code, so that the extension isn't tested with its
 * own.
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
