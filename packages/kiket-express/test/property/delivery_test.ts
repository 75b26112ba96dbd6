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

const events = fc.constantFrom<[name: string, canonical: string][]>(
  ['workflow.before_transition', 'workflow.before_transition'],
  ['case.transitioned', 'issue.transitioned'],
  ['guardian.approve_transition', 'action:approve_transition'],
  ['never heard of', 'never heard of'],
);
const word = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom('ORD-42', 'mira@example.com', '**', 'v1', '__proto__'),
);
const id = fc.oneof(fc.maxSafeInteger(), word);
const time = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  word,
  fc.date({ noInvalidDate: true }).map((date) => date.toJSON()),
);

/** Objects of which some keys are there and some are null. */
function someOf(model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(model).map(([key, value]) => [key, fc.option(value)] as const);
  return fc.record(Object.fromEntries(entries), { requiredKeys: [] });
}

const person = fc.oneof(id, someOf({ id, email: word }));
const project = someOf({ id, key: word, slug: word, name: fc.jsonValue() });
const issue = someOf({
  id,
  key: word,
  title: word,
  status: word,
  project_id: id,
  organization_id: id,
  labels: fc.jsonValue(),
});
const transition = someOf({ from: word, to: word, performed_by: person });
const data = someOf({ issue, case: issue, transition, from: word, to: word, actor: person });
const envelope = someOf({
  event_type: word,
  id: fc.jsonValue(),
  occurred_at: time,
  createdAt: time,
  timestamp: fc.jsonValue(),
  received_at: time,
  organization_id: id,
  organizationId: id,
  workspaceId: id,
  organization: fc.oneof(id, someOf({ id, subdomain: word })),
  project_id: id,
  projectKey: word,
  project: fc.oneof(id, project),
  issue,
  case: issue,
  issue_id: id,
  title: fc.jsonValue(),
  status: fc.oneof(
    word,
    fc.jsonValue().filter((value) => typeof value !== 'string'),
  ),
  previous_status: word,
  to_status: word,
  transition,
  data,
  payload: data,
  context: someOf({ project, issue, user: person, user_id: id }),
  authentication: someOf({ token_type: word, runtime_token: word, expires_at: time, scopes: fc.array(word) }),
  secrets: fc.dictionary(word, fc.jsonValue()),
  secret_status: someOf({ missing: fc.array(word) }),
});

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
const damaged = fc.record({ rest: envelope, at: fc.nat(), byte: fc.nat({ max: 255 }) }).map(({ rest, at, byte }) => {
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
    fc.property(envelope, hints, (body, given) => {
      expect(outcomeOf(JSON.stringify(body), given)).toSatisfy(isSound);
    }),
  );
});

/** What every place of a body says alike that is about one project, one issue and one move. */
const agreed: Readonly<Record<string, unknown>> = {
  id: 4711,
  issue_id: '4711',
  key: 'ORD-42',
  project_id: 4711,
  projectKey: 'ORD-42',
  slug: 'orders',
  from: 'review',
  previous_status: 'review',
  to: 'done',
  to_status: 'done',
  status: 'done',
};

/** The same body, in which no two places name another project, another issue or another move. */
function agree(body: unknown): string {
  return JSON.stringify(body, (key, value: unknown) => {
    if (key === 'project' && typeof value !== 'object') return agreed['id'];
    if (key === 'status' && typeof value === 'string') return agreed['to'];
    return value !== null && Object.hasOwn(agreed, key) ? agreed[key] : value;
  });
}

test('any body that fits the envelopes becomes a delivery of its event', () => {
  fc.assert(
    fc.property(events, envelope, ([event, canonical], rest) => {
      const body = agree({ ...rest, event });
      const delivery = outcomeOf(body);
      expect(delivery).toSatisfy(isSound);
      // Two tenants are the one thing that may be wrong with it.
      fc.pre(delivery !== 'tenant_mismatch');
      expect(delivery).toMatchObject({ event: canonical, payload: JSON.parse(body) as unknown });
    }),
  );
});
