import { describe, expect, test } from 'vitest';
import {
  checks,
  listKept,
  packageNameOf,
  readAnswers,
  readRepository,
  suggestId,
  suggestName,
} from '../../src/init/answers.ts';
import { templateNames } from '../../src/lint/leftoverNames.ts';

describe('an id', () => {
  test.each(['com.acme.gate', 'com.acme.release-gate', 'io.a1.b2.c3', 'dev.x--y.z'])('may be %s', (id) => {
    expect(checks.id(id)).toBeUndefined();
  });

  test.each([
    ['', 'Every extension has an id'],
    ['gate', 'Put your domain in front, backwards: com.acme.gate'],
    ['com.acme.Gate', 'Write the id in lower case: com.acme.gate'],
    ['com.acme.release_gate', 'letters, digits and hyphens'],
    ['com.acme.', 'letters, digits and hyphens'],
    ['com..gate', 'letters, digits and hyphens'],
    ['com.acme.-gate', 'letters, digits and hyphens'],
    ['1com.acme.gate', 'begins with a letter'],
    ['com.acmé.gate', 'letters, digits and hyphens'],
    ['com.acme.gate\n', 'letters, digits and hyphens'],
    [`com.${'a'.repeat(100)}`, 'at most 100'],
    [templateNames.id, "the template's id"],
  ])('may not be %j', (id, problem) => {
    expect(checks.id(id)).toContain(problem);
  });
});

describe.each(['name', 'author'] as const)('a %s', (what) => {
  test.each(['Gate', "Acme's Gate: rock & röll #1", 'リリース', 'Müller, Söhne (2026)', '3 % rule', '!important'])(
    'may be %s',
    (text) => {
      expect(checks[what](text)).toBeUndefined();
    },
  );

  test.each([
    '',
    '  ',
    ' Gate',
    'a'.repeat(65),
    'a\nb',
    '`a`',
    '"a"',
    'a|b',
    '<b>',
    '[a](b)',
    '*a*',
    'a_b',
    '${a}',
    'a\\b',
    'a\u202Eb',
    templateNames[what],
  ])('may not be %j', (text) => {
    expect(checks[what](text)).toMatch(/\.$/);
  });
});

describe('a repository', () => {
  test.each([
    ['acme/release-gate', 'acme/release-gate'],
    ['Acme-1/Release_Gate.js', 'Acme-1/Release_Gate.js'],
    ['https://github.com/acme/release-gate', 'acme/release-gate'],
    ['https://github.com/acme/release-gate.git', 'acme/release-gate'],
    ['git@github.com:acme/release-gate.git', 'acme/release-gate'],
    ['ssh://git@github.com/acme/release-gate/', 'acme/release-gate'],
  ])('may be given as %s', (text, repository) => {
    expect(readRepository(text)).toBe(repository);
  });

  test.each([
    '',
    'gate',
    'acme/',
    '/gate',
    'acme/a/b',
    'acme/..',
    'acme/...',
    '-acme/gate',
    'ac me/gate',
    'https://gitlab.com/acme/gate',
    'acme/gate#1',
    'acme/__',
  ])('may not be given as %j', (text) => {
    expect(readRepository(text)).toBeUndefined();
    expect(checks.repository(text)).toContain('owner/name');
  });

  test("may not be the template's", () => {
    expect(checks.repository(`https://github.com/${templateNames.repository}`)).toContain("the template's repository");
  });

  test.each([
    ['acme/Release_Gate.js', 'release-gate-js'],
    ['acme/_gate_', 'gate'],
  ])('%s makes the package %s', (repository, packageName) => {
    expect(packageNameOf(repository)).toBe(packageName);
  });
});

test.each([
  ['all', ['fields', 'freeze', 'checks', 'approvals', 'decisions']],
  ['none', []],
  ['fields,approvals', ['fields', 'approvals']],
  ['fields, freeze', ['fields', 'freeze']],
])('to keep %s is to keep %j', (text, kept) => {
  expect(checks.keep(text)).toBeUndefined();
  expect(listKept(text)).toEqual(kept);
});

test('all stands alone', () => {
  expect(checks.keep('none,fields')).toMatch(/^Write all or none alone/);
});

test.each(['everything', 'fields,guards', 'all,fields', 'toString', ''])('%j cannot be kept', (text) => {
  expect(checks.keep(text)).toMatch(/fields, freeze, checks, approvals/);
});

test('names are suggested from what is known', () => {
  expect(suggestId('Acme/Release_Gate')).toBe('com.acme.release-gate');
  expect(suggestId('')).toBe('');
  expect(suggestName('com.acme.release-gate')).toBe('Release Gate');
});

test('everything that is wrong is told at once', () => {
  const wrong = readAnswers({ id: 'gate', name: 'Gate', repository: 'gate', keep: 'some' });
  expect(wrong).toEqual([
    expect.stringMatching(/^--id: Put your domain/),
    expect.stringMatching(/^--repository: Write the repository/),
    expect.stringMatching(/^--author: Write the author/),
    expect.stringMatching(/^--keep: There is no example some/),
  ]);
});
