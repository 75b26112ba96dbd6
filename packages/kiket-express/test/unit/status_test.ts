import { expect, test } from 'vitest';
import { includesStatus, isSameStatus } from '../../src/text/status.ts';

test.each([
  ['done', 'Done'],
  ['In Review', 'in_review'],
  ['in-review', 'In  Review'],
  ['in review', 'in\u2011review'],
  ['Termin\u00e9', 'TERMINE\u0301'],
  ['done', 'ｄｏｎｅ'],
  ['done', 'do\u200bne'],
  ['done', 'do\u{1d159}ne'],
  ['done', 'd\u{13430}o\u{1343f}ne\u{13440}'],
  ['✅ Done', '✅\ufe0f done'],
  ['Done, verified', 'done,  verified'],
  ['in review', 'In\u2212Review'],
  ["won't do", 'Won\u2019t do'],
  ['QA "final"', 'QA \u201Cfinal\u201D'],
  ['in review', 'In\u00a0\u3000Review\u200b'],
])('"%s" may be written as "%s"', (status, written) => {
  expect([isSameStatus(status, written), isSameStatus(written, status)]).toEqual([true, true]);
  expect(includesStatus(['released', status], written)).toBe(true);
});

test.each(['review', 'Not done', 'done.', 'undone', 'do ne', ''])('"done" is not written as %j', (written) => {
  expect([isSameStatus('done', written), includesStatus(['done'], written)]).toEqual([false, false]);
});

test.each([
  ['done, verified', true],
  ['Verified,Done', true],
  ['done, shipped', false],
  ['done,', false],
])('a list may have lost its quotes: "done" and "verified" include "%s": %s', (status, isIncluded) => {
  expect(includesStatus(['done', 'verified'], status)).toBe(isIncluded);
});

test('no list includes anything if it is empty', () => {
  expect([includesStatus([], 'done'), includesStatus([], '')]).toEqual([false, false]);
});
