import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import * as envelope from '../../src/receive/envelope.ts';
import { certainlyFits } from '../../src/receive/fits.ts';

const schemas: Readonly<Record<string, z.ZodType>> = {
  issue: envelope.issueSchema,
  transition: envelope.transitionSchema,
  project: envelope.projectSchema,
  person: envelope.personSchema,
  data: envelope.dataSchema,
  flat: envelope.flatSchema,
  context: envelope.contextSchema,
  authentication: envelope.authenticationSchema,
  envelope: envelope.envelopeSchema,
  board: envelope.boardGeneratedSchema,
  metric: envelope.metricAlertSchema,
};

/** Values that fit here and do not there. */
const leaf = fc.oneof(
  fc.constantFrom(null, '', 'x'.repeat(255), 'x'.repeat(256), 'a\0b', 'a\nb', 7, -0, 1.5, 2 ** 53, Infinity, true),
  fc.string(),
  fc.integer(),
);
const keys = new Set(
  Object.values(schemas).flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom(...keys, 'email', '__proto__', 'else'), tie('value')),
}));

const tree = z.object({
  get child(): z.ZodType {
    return tree.nullable();
  },
});

describe('what certainly fits', () => {
  test.each(Object.entries(schemas))('fits the schema of a part as zod sees it: %s', (_name, schema) => {
    fc.assert(
      fc.property(value, (given) => {
        expect(!certainlyFits(schema, given) || schema.safeParse(given).success).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('is each of the recorded deliveries, so that zod is hardly asked', () => {
    const recorded = readdirSync('replay').filter((file) => file.endsWith('.json'));
    expect(recorded.length).toBeGreaterThan(0);
    for (const file of recorded) {
      const payload: unknown = JSON.parse(readFileSync(`replay/${file}`, 'utf8'));
      expect([file, certainlyFits(envelope.envelopeSchema, payload)]).toEqual([file, true]);
    }
  });

  test.each<[string, z.ZodType, unknown]>([
    ['a text with two conditions', z.string().regex(/a/).regex(/b/), 'abc'],
    ['a text with another condition', z.string().max(5), 'abc'],
    ['a text of a format', z.email(), 'mira@example.com'],
    ['a number', z.number(), 7],
    ['a number with a condition', z.int().min(1), 7],
    ['a list with a condition', z.array(z.string()).max(2), ['a']],
    ['an object with a condition', z.object({ id: z.string() }).refine(() => true), { id: 'a' }],
    ['an object that keeps everything', z.looseObject({ id: z.string() }), { id: 'a' }],
    ['an object that takes nothing else', z.strictObject({ id: z.string() }), { id: 'a' }],
    ['a record of certain keys', z.record(z.string().max(2), z.unknown()), { a: 1 }],
    ['a record of keys of a format', z.record(z.email(), z.unknown()), { 'mira@example.com': 1 }],
    ['a record of certain values', z.record(z.string(), z.string()), { a: 'b' }],
    ['something that is made into something else', z.string().transform(Number), '7'],
    ['something that must be there, whatever it is', z.object({ id: z.unknown() }), { id: 1 }],
    ['something that must be there or not at all', z.object({ id: z.exactOptional(z.string()) }), { id: 'a' }],
    ['one of two, but not both', z.xor([z.string(), z.int()]), 'a'],
    ['a part of itself', tree, { child: { child: null } }],
    ['something with a default', z.string().default('a'), 'b'],
  ])('is never %s, which only zod can judge', (_name, schema, given) => {
    expect(schema.safeParse(given).success).toBe(true);
    expect(certainlyFits(schema, given)).toBe(false);
  });
});
