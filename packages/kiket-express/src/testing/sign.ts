import { createHmac } from 'node:crypto';

/**
 * The headers of a delivery as Kiket signs it: HMAC-SHA256 over timestamp, dot and body, in hex.
 *
 * @param body exactly the bytes or text that are sent
 * @param timestamp Unix seconds
 */
export function signedHeaders(
  secret: string,
  body: string | Buffer,
  timestamp = String(Math.floor(Date.now() / 1000)),
): Record<string, string> {
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  return {
    'Content-Type': 'application/json',
    'X-Kiket-Signature': `sha256=${signature}`,
    'X-Kiket-Timestamp': timestamp,
  };
}
