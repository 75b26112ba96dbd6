import { createHmac } from 'node:crypto';

/** Signs as Kiket does, in lines of its own, so that the tests do not check signature.ts with itself. */
export function hmac(secret: string, text: string | Buffer): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** Headers of a delivery signed with its timestamp (variant B). */
export function signedHeaders(secret: string, body: string | Buffer, timestamp: string): Record<string, string> {
  const signed = Buffer.concat([Buffer.from(`${timestamp}.`), Buffer.from(body)]);
  return {
    'Content-Type': 'application/json',
    'X-Kiket-Timestamp': timestamp,
    'X-Kiket-Signature': hmac(secret, signed),
  };
}
