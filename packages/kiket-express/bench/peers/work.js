import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { env } from 'node:process';

/** What the peers share: the same proof and the same answer. */

/** Where to listen, and with which secret. */
export const port = Number(env['PORT']);
export const secret = env['KIKET_WEBHOOK_SECRET'] ?? '';
const key = createSecretKey(secret, 'utf8');

/** The answer of those that choose it. */
export const allow = { status: 'allow', metadata: {} };

/**
 * Whether the signature over `<timestamp>.<body>` is right and not older than five minutes.
 *
 * @param {Buffer} body
 * @param {unknown} timestamp
 * @param {unknown} signature
 */
export function isGenuine(body, timestamp, signature) {
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const expected = createHmac('sha256', key).update(`${timestamp}.`).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(expected, given);
}
