import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Delivery } from '../../src/delivery.ts';
import { parseDelivery, type DeliveryDefaults } from '../../src/receive/parse.ts';
import type { DeliveryHints } from '../../src/envelope/hints.ts';
import { envelopeSchema, eventPartsSchema } from '../../src/envelope/schema.ts';
import { DeliveryError, type ProblemCode } from '../../src/errors.ts';

const defaults: DeliveryDefaults = {
  apiVersion: 'v1',
  commandEvents: new Map([['guardian.approve_transition', 'approve_transition']]),
  organization: undefined,
};

/** A delivery, or the code of its rejection. Any other error goes through, and the test fails. */
function outcomeOf(body: Uint8Array | string, hints: DeliveryHints = {}): Delivery | string {
  try {
    return parseDelivery(Buffer.from(body), hints, defaults);
  } catch (error) {
    if (error instanceof DeliveryError) return error.code;
    throw error;
  }
}

/** What holds for every body: it is rejected, or what it becomes says which event and whose. */
function isSound(outcome: Delivery | string): boolean {
  if (typeof outcome === 'string') return rejections.has(outcome);
  return [outcome.id, outcome.event, outcome.organization].every((text) => text.trim() !== '');
}

const rejections: ReadonlySet<string> = new Set<ProblemCode>([
  'json_invalid',
  'delivery_invalid',
  'event_missing',
  'event_mismatch',
  'tenant_mismatch',
  'version_mismatch',
]);

const word = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom('ORD-42', 'mira@example.com', '**', 'v1', '__proto__'),
);

/** JSON that has our keys in all the wrong places. */
const jumble = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.jsonValue({ maxDepth: 1 }), word, fc.array(tie('value')), tie('object')),
  object: fc.dictionary(
    fc.constantFrom(
      ...Object.keys(envelopeSchema.shape),
      ...Object.keys(eventPartsSchema.shape),
      'id',
      'type',
      'timestamp',
      'author',
      'title',
      'status',
      'from',
      'to',
      'user',
      'email',
      'key',
      '__proto__',
      'constructor',
    ),
    tie('value'),
  ),
})).object;

/** A body of which one byte is another. */
const damaged = fc.record({ rest: jumble, at: fc.nat(), byte: fc.nat({ max: 255 }) }).map(({ rest, at, byte }) => {
  const body = Buffer.from(JSON.stringify({ event: 'issue.created', ...rest }));
  body.writeUInt8(byte, at % body.length);
  return body;
});

test('any bytes become a delivery or a rejection', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 500 }), damaged);
  fc.assert(
    fc.property(bytes, (body) => {
      expect(outcomeOf(body)).toSatisfy(isSound);
    }),
  );
});

test('any JSON becomes a delivery or a rejection', () => {
  const json = fc.oneof(
    fc.json(),
    jumble.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(json, (body) => {
      expect(outcomeOf(body, { headerEvent: 'issue.created' })).toSatisfy(isSound);
    }),
  );
});

test('any headers become a delivery or a rejection', () => {
  const hint = fc.option(word, { nil: undefined });
  const hints = fc.record({
    pathEvent: hint,
    headerEvent: hint,
    version: hint,
    organization: hint,
    project: hint,
    deliveryId: hint,
    invocationId: hint,
  });
  fc.assert(
    fc.property(jumble, hints, (body, given) => {
      expect(outcomeOf(JSON.stringify(body), given)).toSatisfy(isSound);
    }),
  );
});
