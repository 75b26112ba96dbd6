import { describe, expect, test } from 'vitest';
import { dropTestLinks } from '../../scripts/init/testLinks.ts';

const [gone, left] = ['[is gone](../test/unit/a_test.ts)', '[is left](../test/unit/b_test.ts)'];
const drop = (text: string) => dropTestLinks(text, (label, file) => label === 'is left' && file.endsWith('b_test.ts'));

describe('dropping links to tests that are gone', () => {
  test.each([
    ['a promise with it', `| One | ${gone} |\n| Two | ${left} |\n`, `| Two | ${left} |\n`],
    ['not the promise that another test shows', `| One | ${gone}, ${left} |\n`, `| One | ${left} |\n`],
    ['nor that behind it', `| One | ${left}, ${gone} |\n`, `| One | ${left} |\n`],
    ['brackets, and no more of the sentence', `It is so (${gone}). And more.\n`, 'It is so. And more.\n'],
    ['brackets that begin a line', `It is so\n(${gone}, ${gone}). And more.\n`, 'It is so. And more.\n'],
    ['not what else is in the brackets', `It is so\n(${gone}, ${left}).\n`, `It is so\n(${left}).\n`],
  ])('takes out %s', (_what, text, expected) => {
    expect(drop(text)).toBe(expected);
  });

  test('leaves other links', () => {
    const text = `See [is gone](a_test.md), ${left} and [the code](../src/a.ts).\n`;
    expect(drop(text)).toBe(text);
  });
});
