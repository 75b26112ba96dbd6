import { expect, test } from 'vitest';
import {
  findProblem,
  listKept,
  readAnswers,
  readRepository,
  suggest,
  templateNames,
  type Question,
} from '../../src/init/answers.ts';
import { temporaryFolder } from '../support/folders.ts';

const long = 'a'.repeat(101);

test.each<[Question, string[]]>([
  ['id', ['com.acme.gate', 'com.acme.release-gate', 'io.a1.b2.c3', 'dev.x--y.z']],
  ['name', ['Gate', "Acme's Gate: rock & röll #1", 'リリース', 'Müller, Söhne (2026)', '3 % rule', '!important']],
  ['author', ['Acme Inc', "Zoë O'Neil"]],
  ['repository', ['acme/gate', 'https://github.com/acme/gate', 'git@github.com:acme/gate.git', 'a-b/c.d_e']],
  ['keep', ['all', 'none', 'fields', 'fields, approvals', 'fields approvals']],
])('%s may be any of %j', (question, answers) => {
  expect(answers.filter((answer) => findProblem(question, answer) !== undefined)).toEqual([]);
});

test.each<[Question, string[]]>([
  [
    'id',
    [
      '',
      'gate',
      'com.acme.Gate',
      'com.acme.release_gate',
      'com.acme.',
      'com..gate',
      'com.acme.-gate',
      '1com.acme.gate',
    ],
  ],
  ['id', ['com.acmé.gate', 'com.acme.gate\n', `com.${long}`, templateNames.id]],
  ['name', ['', '  ', ' Gate', 'Gate ', long, 'a\nb', '`a`', '"a"', 'a|b', '<b>', '[a](b)', '*a*', 'a_b', '${a}']],
  ['author', ['a\\b', 'a\u202Eb', 'a~b', '{a}', templateNames.author]],
  ['repository', ['', 'gate', 'acme/', '/gate', 'a/b/c', 'https://gitlab.com/acme/gate', '-a/b', 'a/..', 'a/___']],
  ['repository', [templateNames.repository]],
  ['keep', ['', 'nothing', 'fields,guards', 'all,fields', 'toString']],
])('%s may be none of %j', (question, answers) => {
  expect(answers.filter((answer) => findProblem(question, answer) === undefined)).toEqual([]);
});

test('an address on GitHub is a repository', () => {
  expect(readRepository('ssh://git@github.com/Acme/Release.Gate.git')).toBe('Acme/Release.Gate');
});

test('answers are read', () => {
  const given = { id: 'com.acme.gate', name: 'Gate', repository: 'Acme/Release_Gate.git', author: 'Acme' };
  expect(readAnswers({ ...given, keep: 'fields' })).toEqual({
    ...given,
    repository: 'Acme/Release_Gate',
    packageName: 'release-gate',
    keep: ['fields'],
  });
  expect(listKept('none')).toEqual([]);
});

test('names are suggested from what is known', () => {
  const folder = temporaryFolder();
  expect(suggest('id', { repository: 'Acme/Release_Gate' }, folder)).toBe('com.acme.release-gate');
  expect(suggest('id', {}, folder)).toBe('');
  expect(suggest('name', { id: 'com.acme.release-gate' }, folder)).toBe('Release Gate');
});

test('all invalid answers are reported at once', () => {
  expect(readAnswers({ id: 'gate', name: 'Gate', repository: 'gate', keep: 'some' })).toEqual([
    expect.stringMatching(/^--repository: /),
    expect.stringMatching(/^--id: /),
    expect.stringMatching(/^--author: /),
    expect.stringMatching(/^--keep: /),
  ]);
});
