import { expect, test } from 'vitest';
import { readOnly } from '../../src/extension/readOnly.ts';

test('everything inside is read-only, also behind what was frozen by itself', () => {
  const value = readOnly({ one: Object.freeze({ list: [{ two: [3] }] }), text: 'x', nothing: null });
  for (const part of [value, value.one, value.one.list, value.one.list[0], value.one.list[0]?.two]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test('what contains itself and what is nested 100,000 levels deep is read-only, too', () => {
  const loop: Record<string, unknown> = {};
  loop['itself'] = loop;
  expect(Object.isFrozen(readOnly(loop)['itself'])).toBe(true);
  let deepest = readOnly(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown[]);
  while (deepest.length > 0) deepest = deepest[0] as unknown[];
  expect(Object.isFrozen(deepest)).toBe(true);
});

test.each([new Date(), new Map(), new Set()])('what changes all the same is refused', (value) => {
  expect(() => readOnly({ inside: [value] })).toThrow(TypeError);
});
