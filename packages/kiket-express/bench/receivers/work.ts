import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';

/** What the receivers that are compared share: the same proof and the same checks. */

/** Where to listen, and with which secret. */
export const port = Number(process.env['PORT']);
const key = createSecretKey(process.env['KIKET_WEBHOOK_SECRET'] ?? '', 'utf8');

/** The answer of all of them. */
export const allow = { status: 'allow', metadata: {} };

/** Whether the signature over `<timestamp>.<body>` is right and not older than five minutes. */
export function isGenuine(body: Buffer, timestamp: unknown, signature: unknown): boolean {
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const expected = createHmac('sha256', key).update(`${timestamp}.`).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(expected, given);
}

/** What a guard needs, as a schema. */
export const deliverySchema = z.looseObject({
  event: z.string(),
  issue: z.looseObject({ id: z.number(), status: z.string() }),
  transition: z.looseObject({ from: z.string(), to: z.string() }),
});
