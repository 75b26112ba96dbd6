import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeliveryError } from '../../src/errors.ts';
import { signingKeys, verifySignature, type SignedDelivery } from '../../src/receive/verify.ts';
import { hmac } from '../support/sign.ts';

const secret = 'a secret for properties alone';
// While a secret rotates, the previous one signs as well.
const keys = signingKeys(['the new secret', secret]);
const now = new Date('2026-03-02T12:00:00Z');

/** What `verifySignature` makes of it: whether the time is proven, or the code of the refusal. */
function outcomeOf(delivery: SignedDelivery): boolean | string {
  try {
    return verifySignature(delivery, keys, now).timed;
  } catch (error) {
    if (error instanceof DeliveryError) return error.code;
    throw error;
  }
}

function sign(body: Buffer, timestamp: string | undefined, withSecret = secret): string {
  return hmac(withSecret, timestamp === undefined ? body : Buffer.concat([Buffer.from(`${timestamp}.`), body]));
}

function flipBit(bytes: Buffer, index: number): Buffer {
  const flipped = Buffer.from(bytes);
  const at = Math.floor(index / 8) % bytes.length;
  flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (index % 8)), at);
  return flipped;
}

const bodies = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const bits = fc.nat({ max: 300 * 8 });
const prefixes = fc.constantFrom('', 'sha256=');
const timestamps = fc
  .record({ offset: fc.integer({ min: -300, max: 300 }), form: fc.constantFrom('seconds', 'milliseconds', 'iso') })
  .map(({ offset, form }) => {
    const time = new Date(now.getTime() + offset * 1000);
    if (form === 'iso') return time.toISOString();
    return form === 'seconds' ? String(time.getTime() / 1000) : String(time.getTime());
  });
const maybeTimestamps = fc.option(timestamps, { nil: undefined });

test('a flipped bit in the body is refused', () => {
  fc.assert(
    fc.property(bodies, maybeTimestamps, prefixes, bits, (body, timestamp, prefix, bit) => {
      const signature = prefix + sign(body, timestamp);
      expect(outcomeOf({ body: flipBit(body, bit), signature, timestamp })).toBe('signature_mismatch');
    }),
  );
});

test('a flipped bit in the signature is refused', () => {
  fc.assert(
    fc.property(bodies, maybeTimestamps, prefixes, bits, (body, timestamp, prefix, bit) => {
      const signature = prefix + flipBit(Buffer.from(sign(body, timestamp), 'hex'), bit).toString('hex');
      expect(outcomeOf({ body, signature, timestamp })).toBe('signature_mismatch');
    }),
  );
});

test('a flipped bit in a signed timestamp is refused', () => {
  fc.assert(
    fc.property(bodies, timestamps, prefixes, bits, (body, timestamp, prefix, bit) => {
      const signature = prefix + sign(body, timestamp);
      // Header values arrive as latin1.
      const flipped = flipBit(Buffer.from(timestamp, 'latin1'), bit).toString('latin1');
      const outcome = outcomeOf({ body, signature, timestamp: flipped });
      expect(['signature_mismatch', 'timestamp_malformed', 'timestamp_stale']).toContain(outcome);
    }),
  );
});

test('a signature made with any other secret is refused', () => {
  const otherSecrets = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom(`${secret} `, secret.slice(1), secret.toUpperCase(), `${secret}\n`),
  );
  fc.assert(
    fc.property(bodies, maybeTimestamps, prefixes, otherSecrets, (body, timestamp, prefix, other) => {
      fc.pre(other !== secret);
      const signature = prefix + sign(body, timestamp, other);
      expect(outcomeOf({ body, signature, timestamp })).toBe('signature_mismatch');
    }),
  );
});
