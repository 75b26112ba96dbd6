import { describe, expect, test } from 'vitest';
import { cutEntries, cutRows, cutTests, hasTest } from '../../src/init/code.ts';
import { pruneUnused } from '../../src/init/prune.ts';

const lines = (...all: string[]) => `${all.join('\n')}\n`;

describe('cutting entries', () => {
  test('takes them out by key or value, with the comment above, and leaves the rest as it is', () => {
    const text = lines(
      'export const table = {',
      '  guards: {',
      '    one,',
      '    // About two.',
      '    two,',
      '  },',
      "  actions: { approve_it: approveIt, 'issue.created': noteIt, explain },",
      '};',
    );
    expect(cutEntries(text, ['two', 'approve_it', 'noteIt'])).toBe(
      lines('export const table = {', '  guards: {', '    one,', '  },', '  actions: {   explain },', '};'),
    );
  });
});

test('cutting rows takes out those that begin with a name', () => {
  const text = lines('test.each([', "  ['A', 1],", "  ['B', 'A'],", '  [', "    'A',", '  ],', "])('%s', () => {});");
  expect(cutRows(text, ['A'])).toBe(lines('test.each([', "  ['B', 'A'],", "])('%s', () => {});"));
});

describe('cutting tests', () => {
  const text = lines(
    "import { describe, expect, test } from 'vitest';",
    "import { one, two } from './both.ts';",
    '',
    '/** Only for two. */',
    'const [a, b] = [two(), 1];',
    '',
    "describe('a group', () => {",
    "  test('of one', () => {",
    '    expect(one).toBe(1);',
    '  });',
    '',
    "  test.each([1])('of two: %s', (value) => {",
    '    expect(a + b).toBe(value);',
    '  });',
    '});',
    '',
    "describe('another group', () => {",
    "  test('of one', () => {",
    '    expect(one).toBe(2);',
    '  });',
    '});',
  );

  test('takes them out by title, with what they alone used', () => {
    const left = cutTests(text, ['of two: %s']);
    expect(left).toMatch(/import \{ one,? *\} from '.\/both.ts'/);
    expect(left).not.toMatch(/two|const \[a, b\]/i);
    expect(left).toContain('toBe(1)');
  });

  test('takes out one of two with the same title, and a group that is empty then', () => {
    const left = cutTests(text, ['another group > of one']);
    expect(left).toContain('toBe(1)');
    expect(left).not.toContain('another group');
  });

  test('leaves nothing of a file without tests', () => {
    expect(cutTests(text, ['of one', 'of two: %s'])).toBe('');
  });

  test('does not find what is not there', () => {
    expect(hasTest(text, 'of two: %s')).toBe(true);
    expect(hasTest(text, 'of three')).toBe(false);
    expect(cutTests(text, ['of three'])).toBe(text);
  });
});

describe('pruning', () => {
  test('goes on until nothing is unused, and keeps what is exported', () => {
    const text = lines(
      "import { a, type B } from './a.ts';",
      "import c from './c.ts';",
      "import './effect.ts';",
      'type D = B;',
      'function e(d: D) {',
      '  return a(d);',
      '}',
      'const { f, g: [h] } = c;',
      'export const i = f;',
    );
    expect(pruneUnused(text)).toBe(
      lines("import c from './c.ts';", "import './effect.ts';", 'const { f,  } = c;', 'export const i = f;'),
    );
  });

  test('does not take the name of a property for a use', () => {
    const used = lines('export const used: { unused: number } = { unused: 2 };', 'used.unused += 1;');
    expect(pruneUnused(`const unused = 1;\n${used}`)).toBe(used);
  });

  test('leaves what is taken out of the rest', () => {
    const text = lines('const { a: _a, ...rest } = { a: 1, b: 2 };', 'export const used = rest;');
    expect(pruneUnused(text)).toBe(text);
  });

  test('takes a function that only calls itself for unused', () => {
    expect(pruneUnused(lines('function again(): void {', '  again();', '}', 'export {};'))).toBe('export {};\n');
  });
});
