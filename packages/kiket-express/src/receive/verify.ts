import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { TokenClaims } from '../client/runtimeToken.ts';
import type { Delivery, FreshnessProof } from '../delivery.ts';
import { DeliveryError } from '../errors.ts';
import { readTime } from '../text/time.ts';
import { contradict } from '../text/values.ts';

/** How far a signed time may be from our clock in either direction, in seconds. */
export const toleranceSeconds = 300;

/** A delivery's proof that it's from Kiket. Header values as received. */
export interface SignedDelivery {
  body: Buffer;
  signature: string | undefined;
  timestamp: string | undefined;
}

/** Turns secrets into keys at startup. Throws a `RangeError` without one, because verification can't be skipped. */
export function signingKeys(secrets: readonly string[]): readonly KeyObject[] {
  if (secrets.length === 0 || secrets.some((secret) => secret === '')) {
    throw new RangeError('At least one webhook secret is required, and none may be empty.');
  }
  return secrets.map((secret) => createSecretKey(secret, 'utf8'));
}

/**
 * Proves that a delivery was signed with one of the keys, or throws a {@link DeliveryError}.
 *
 * Three forms are in use, each an HMAC SHA-256 in hex: over the body (A); over `<timestamp>.<body>` (B); and B with
 * `sha256=` in front (C). If there's an `X-Kiket-Timestamp`, it must be within the tolerance in every form.
 *
 * @returns whether the signature covers the time. If not (A), the caller must call {@link verifyFreshness}, because the
 * same bytes would otherwise be valid forever.
 */
export function verifySignature(
  { body, signature, timestamp }: SignedDelivery,
  keys: readonly KeyObject[],
  now: Date,
): { timed: boolean } {
  const given = parseSignature(signature);
  if (timestamp !== undefined) {
    if (!isWithinTolerance(parseTimestamp(timestamp), now)) throw new DeliveryError('timestamp_stale');
    if (matchesAny(given, keys, `${timestamp}.`, body)) return { timed: true };
  }
  if (matchesAny(given, keys, '', body)) return { timed: false };
  throw new DeliveryError('signature_mismatch');
}

/**
 * Proves from the signed body that a delivery without a signed timestamp is recent, or throws a {@link DeliveryError}.
 *
 * @param lateSeconds how old a signed time may be; it may never be ahead by more than {@link toleranceSeconds}
 */
export function verifyFreshness(
  { expiresAt, signedTimes }: FreshnessProof,
  now: Date,
  lateSeconds = toleranceSeconds,
): void {
  if (expiresAt !== undefined && expiresAt >= now) return;
  if (signedTimes.some((time) => isWithinTolerance(time, now, lateSeconds))) return;
  throw new DeliveryError('freshness_unproven');
}

/** Parses an `X-Kiket-Timestamp`, or throws a {@link DeliveryError}. */
export function parseTimestamp(text: string): Date {
  const time = readTime(text);
  if (time === undefined) throw new DeliveryError('timestamp_malformed');
  return time;
}

function parseSignature(header: string | undefined): Buffer {
  if (header === undefined || header === '') throw new DeliveryError('signature_missing');
  const hex = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(header)?.[1];
  if (hex === undefined) throw new DeliveryError('signature_malformed');
  return Buffer.from(hex, 'hex');
}

/** Compares with every key, without an early exit, so that timing doesn't reveal which key is in use. */
function matchesAny(given: Buffer, keys: readonly KeyObject[], prefix: string, body: Buffer): boolean {
  let matched = false;
  for (const key of keys) {
    const expected = createHmac('sha256', key).update(prefix).update(body).digest();
    matched = timingSafeEqual(expected, given) || matched;
  }
  return matched;
}

function isWithinTolerance(time: Date, now: Date, lateSeconds = toleranceSeconds): boolean {
  const agoMs = now.getTime() - time.getTime();
  return agoMs <= lateSeconds * 1000 && agoMs >= -toleranceSeconds * 1000;
}

/** The delivery with the tenant of its verified token, which takes precedence. The body must not contradict it. */
export function applyClaims(delivery: Delivery, claims: TokenClaims): Delivery {
  const named = delivery.isOrganizationAssumed ? undefined : delivery.organization;
  const organization = agree(named, claims.organizationId);
  const projectId = agree(delivery.projectId, claims.projectId);
  const place = { organization: organization ?? delivery.organization, projectId };
  const issue = delivery.issue && { ...delivery.issue, ...place };
  const { transition } = delivery;
  return {
    ...delivery,
    ...place,
    issue,
    transition: transition && issue && { ...transition, issue },
    auth: { ...delivery.auth, ...claims.auth },
  };
}

/** The token's claim. Throws if the signed body says something else. */
function agree(signed: string | undefined, claimed: string | undefined): string | undefined {
  if (contradict(signed, claimed))
    throw new DeliveryError('token_invalid', { detail: 'The token is for another tenant.' });
  return claimed ?? signed;
}
