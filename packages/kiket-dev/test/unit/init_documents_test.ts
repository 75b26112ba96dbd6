import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { beginChangelog } from '../../src/init/changelog.ts';
import { Project } from '../../src/init/project.ts';
import { dropTestLinks } from '../../src/init/testLinks.ts';
import { leftoverNames } from '../../src/lint/leftoverNames.ts';
import { projectRoot } from '../../../kiket-express/src/server/setup.ts';
import { temporaryFolder } from '../../../kiket-express/test/support/builtServer.ts';

const [gone, left] = ['[is gone](../test/unit/a_test.ts)', '[is left](../test/unit/b_test.ts)'];
const drop = (text: string) => dropTestLinks(text, (label, file) => label === 'is left' && file.endsWith('b_test.ts'));

describe('dropping links to tests that are gone', () => {
  test.each([
    ['a promise with it', `| One | ${gone} |\n| Two | ${left} |\n`, `| Two | ${left} |\n`],
    ['not the promise that another test shows', `| One | ${gone}, ${left} |\n`, `| One | ${left} |\n`],
    ['nor that behind it', `| One | ${left}, ${gone} |\n`, `| One | ${left} |\n`],
    ['brackets, and no more of the sentence', `It is so (${gone}). And more.\n`, 'It is so. And more.\n'],
    ['brackets that begin a line', `It is so\n(${gone}, ${gone}). And more.\n`, 'It is so. And more.\n'],
    ['brackets on a line that is indented', `- It is so\n  (${gone},\n  ${gone}).\n`, '- It is so.\n'],
    ['one of two lines in brackets', `- It is so\n  (${gone},\n  ${left}).\n`, `- It is so\n  (${left}).\n`],
    ['not what else is in the brackets', `It is so\n(${gone}, ${left}).\n`, `It is so\n(${left}).\n`],
  ])('takes out %s', (_what, text, expected) => {
    expect(drop(text)).toBe(expected);
  });

  test('leaves other links', () => {
    const text = `See [is gone](a_test.md), ${left} and [the code](../src/a.ts).\n`;
    expect(drop(text)).toBe(text);
  });
});

test('the changelog of a fork has its first release alone, under the introduction', () => {
  const project = new Project(projectRoot);
  project.change('package.json', (text) => text.replace(/"version": ".+"/, '"version": "2.3.4"'));
  const [introduction] = project.read('docs/CHANGELOG.md').split('## ');
  beginChangelog(project, new Date('2031-02-03T23:59:59Z'));
  expect(project.read('docs/CHANGELOG.md')).toBe(`${introduction}## 2.3.4 - 2031-02-03\n\nThe first release.\n`);
});

test('contributors are told on their page what the lint of a fork says that they may tell git', () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'scripts'));
  writeFileSync(join(root, 'scripts', 'init.ts'), '');
  const [found] = leftoverNames(root, { remote: 'git@github.com:mira/gate' });
  const command = /git config .*$/.exec(found?.hint ?? '')?.[0] ?? 'none';
  expect(new Project(projectRoot).read('.github/CONTRIBUTING.md')).toContain(`\`${command}\``);
});
