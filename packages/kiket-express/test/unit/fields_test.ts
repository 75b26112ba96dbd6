import { expect, test } from 'vitest';
import { isBlank } from '../../src/extension/fields.ts';

test.each<[unknown]>([
  [undefined],
  [null],
  [''],
  [[]],
  [[null, '', []]],
  ['\u200b\ufe0f'],
  ['\u00a0\u3164\u2800'],
  [Number.NaN],
  [{}],
  [[[], [{}]]],
  [{ id: null }],
  [{ id: null, name: ' \u200b', groups: [{}], of: { id: null } }],
])('%j is blank', (value) => {
  expect(isBlank(value)).toBe(true);
});

test.each<[unknown]>([
  [{ id: 0 }],
  [{ id: null, name: 'Mira' }],
  [[{ id: null }, { checked: false }]],
  ['\u200b-'],
  [0],
  [false],
  [['', 'Mira']],
  [[0]],
])('%j is a value', (value) => {
  expect(isBlank(value)).toBe(false);
});

test.each([
  ['[', 'null', ']', true],
  ['{"a":', '""', '}', true],
  ['[', '0', ']', false],
])('what is 50,000 levels deep is seen, at %s%s%s', (opening, innermost, closing, blank) => {
  const text = opening.repeat(50_000) + innermost + closing.repeat(50_000);
  expect(isBlank(JSON.parse(text))).toBe(blank);
});
