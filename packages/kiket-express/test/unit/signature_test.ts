import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DeliveryError, type ProblemCode } from '../../src/errors.ts';
import {
  parseTimestamp,
  signingKeys,
  verifyFreshness,
  verifySignature,
  type SignedDelivery,
} from '../../src/receive/verify.ts';
import { readTime } from '../../src/text/time.ts';
import { hmac } from '../support/sign.ts';
import known from '../vectors/vectors.json' with { type: 'json' };

const keys = signingKeys([known.secret]);
const signedAt = new Date(known.iso);
const body = Buffer.from('{"event":"issue.created"}');
const bodySignature = hmac(known.secret, body);
const timedSignature = hmac(known.secret, `${known.seconds}.${body.toString()}`);

/** A moment so many seconds after the one at which the vectors were signed. */
function later(seconds: number): Date {
  return new Date(signedAt.getTime() + seconds * 1000);
}

function verify(delivery: Partial<SignedDelivery>, now = signedAt, withKeys = keys): { timed: boolean } {
  return verifySignature({ body, signature: undefined, timestamp: undefined, ...delivery }, withKeys, now);
}

function refusal(code: ProblemCode): DeliveryError {
  return new DeliveryError(code);
}

describe.each(known.vectors)('a body that openssl signed ($name)', ({ body: text, signatures }) => {
  test.each([
    ['is accepted with a signature over only the body, whose time is not proven', signatures.body, undefined],
    [
      'is accepted with a signature over seconds and body, whose time is proven',
      signatures['seconds.body'],
      known.seconds,
    ],
    ['is accepted with sha256= in front of the signature', `sha256=${signatures['seconds.body']}`, known.seconds],
    ['is accepted with an ISO 8601 timestamp, signed as it was written', signatures['iso.body'], known.iso],
  ])('%s', (_what, signature, timestamp) => {
    const timed = timestamp !== undefined;
    expect(verify({ body: Buffer.from(text), signature, timestamp })).toEqual({ timed });
  });
});

describe('a signature', () => {
  test('may cover a timestamp in milliseconds', () => {
    const timestamp = `${known.seconds}000`;
    const signature = hmac(known.secret, `${timestamp}.${body.toString()}`);
    expect(verify({ signature, timestamp })).toEqual({ timed: true });
  });

  test('over only the body is accepted next to a recent timestamp, which it does not prove', () => {
    expect(verify({ signature: bodySignature, timestamp: known.seconds })).toEqual({ timed: false });
  });

  test.each([undefined, ''])('that is %j is missing', (signature) => {
    expect(() => verify({ signature })).toThrow(refusal('signature_missing'));
  });

  test.each([
    ['was sent twice', `${bodySignature}, ${bodySignature}`],
    ['is a digit long', `${bodySignature}0`],
    ['names another algorithm', `sha512=${bodySignature}`],
    ['ends in a line break', `${bodySignature}\n`],
  ])('that %s is malformed', (_what, signature) => {
    expect(() => verify({ signature })).toThrow(refusal('signature_malformed'));
  });

  test.each([
    ['the same JSON in other bytes', { body: Buffer.from('{"event": "issue.created"}'), signature: bodySignature }],
    ['the same time written differently', { signature: timedSignature, timestamp: known.iso }],
    ['a timestamp that was taken away', { signature: timedSignature }],
  ])('over %s does not match', (_what, delivery) => {
    expect(() => verify(delivery)).toThrow(refusal('signature_mismatch'));
  });
});

describe.each([
  ['a signature that covers it', timedSignature, true],
  ['a signature over only the body', bodySignature, false],
])('a timestamp next to %s', (_what, signature, timed) => {
  test.each([-300, 0, 300])('is recent enough %i seconds later', (seconds) => {
    expect(verify({ signature, timestamp: known.seconds }, later(seconds))).toEqual({ timed });
  });

  test.each([-300.001, 300.001])('is stale %d seconds later', (seconds) => {
    const act = () => verify({ signature, timestamp: known.seconds }, later(seconds));
    expect(act).toThrow(refusal('timestamp_stale'));
  });
});

describe('a timestamp', () => {
  test.each([
    '',
    'noon',
    '1762776000.5',
    '17627760000',
    '2025-11-10 12:00:00',
    '2025-13-10T12:00:00Z',
    '2025-11-10T12:00:00+25:00',
    '2025-11-10T12:00:00Z (noon)',
    'Mon, 10 Nov 2025 12:00:00 GMT',
  ])('%j is malformed, even next to a signature that matches', (timestamp) => {
    expect(() => verify({ signature: bodySignature, timestamp })).toThrow(refusal('timestamp_malformed'));
  });

  test.each([
    ['1762776000', '2025-11-10T12:00:00.000Z'],
    ['1762776000123', '2025-11-10T12:00:00.123Z'],
    ['2025-11-10T12:00:00Z', '2025-11-10T12:00:00.000Z'],
    ['2025-11-10t12:00:00z', '2025-11-10T12:00:00.000Z'],
    ['2025-11-10T12:00:00.123456+00:00', '2025-11-10T12:00:00.123Z'],
    ['2025-11-10T14:00:00+02:00', '2025-11-10T12:00:00.000Z'],
    ['2025-11-10T07:00:00-0500', '2025-11-10T12:00:00.000Z'],
  ])('%s means %s', (timestamp, expected) => {
    expect(parseTimestamp(timestamp).toISOString()).toBe(expected);
  });

  test('without an offset is in UTC, wherever we run', () => {
    vi.stubEnv('TZ', 'Asia/Tokyo');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(new Date('2025-11-10T21:00:00').toISOString()).toBe('2025-11-10T12:00:00.000Z');
    expect(parseTimestamp('2025-11-10T12:00:00').toISOString()).toBe('2025-11-10T12:00:00.000Z');
  });

  test.each(['noon', '17627', '9999-12-31T23:59:59Z'])("%s isn't a time", (timestamp) => {
    expect(readTime(timestamp)).toBeUndefined();
  });
});

describe('a body without a signed timestamp', () => {
  const now = signedAt;
  const stale = [later(-301), later(301)];

  test.each([
    ['its token expires now', { expiresAt: now, signedTimes: [] }],
    ['its time is 300 seconds ahead', { expiresAt: undefined, signedTimes: [later(300)] }],
    ['one of its times is recent', { expiresAt: undefined, signedTimes: [...stale, now] }],
    ['its time is recent, though its token has expired', { expiresAt: later(-1), signedTimes: [now] }],
  ])('is fresh if %s', (_what, proof) => {
    expect(() => verifyFreshness(proof, now)).not.toThrow();
  });

  const hours = 26 * 60 * 60;

  test.each([-hours, 300])('is fresh %i seconds from its time where late retries are taken', (seconds) => {
    expect(() => verifyFreshness({ expiresAt: undefined, signedTimes: [later(seconds)] }, now, hours)).not.toThrow();
  });

  test.each([-hours - 1, 301])('is not proven fresh %i seconds from its time even then', (seconds) => {
    const act = () => verifyFreshness({ expiresAt: undefined, signedTimes: [later(seconds)] }, now, hours);
    expect(act).toThrow(refusal('freshness_unproven'));
  });

  test.each([
    ['it says no time', { expiresAt: undefined, signedTimes: [] }],
    ['its token has expired and its times are stale', { expiresAt: later(-1), signedTimes: stale }],
  ])('is not proven fresh if %s', (_what, proof) => {
    expect(() => verifyFreshness(proof, now)).toThrow(refusal('freshness_unproven'));
  });
});

test.each([[[]], [['']], [['a secret', '']]])('no keys are made from the secrets %j', (secrets) => {
  expect(() => signingKeys(secrets)).toThrow(
    new RangeError('At least one webhook secret is required, and none may be empty.'),
  );
});
