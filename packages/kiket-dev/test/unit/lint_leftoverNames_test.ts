import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { leftoverNames, licenceNotice, templateNames } from '../../src/lint/leftoverNames.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';

const { id, repository, packageName, name, author } = templateNames;
const template = { id, name, author, homepage: `https://github.com/${repository}` };
const own = {
  id: 'com.acme.release-gate',
  name: 'Release Gate',
  author: 'Acme Inc',
  homepage: 'https://github.com/acme/release-gate',
};

/** What `npm run init` writes into package.json. */
const isFork = { 'package.json': '{ "kiket": { "template": "1.0.0" } }\n' };

/** A repository with a manifest and files beside it, a fork unless they say something else. */
function repositoryWith(manifest: Record<string, string>, files: Record<string, string> = isFork): string {
  const root = temporaryFolder();
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  const lines = Object.entries(manifest).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  const all = { '.kiket/manifest.yaml': `# What Kiket reads\nextension:\n${lines.join('')}`, ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('before npm run init', () => {
  const files = { 'packages/kiket-dev/src/init/index.ts': '' };

  test.each([
    'https://github.com/acme/release-gate.git',
    'https://github.com/acme/webhook-guardian',
    'git@github.com:acme/release-gate.git',
    'ssh://git@git.acme.com:2222/acme/release-gate',
  ])('a repository that is hosted at %s is a fork', (remote) => {
    expect(leftoverNames(repositoryWith(template, files), { remote })).toEqual([
      {
        file: '.kiket/manifest.yaml',
        line: 3,
        column: 7,
        severity: 'error',
        message: `This repository is a fork, and its extension is still called ${id}.`,
        hint: `Give it your own names with: npm run init. To contribute to the template instead: git config guardian.contributes true`,
        rule: 'leftover-name',
      },
    ]);
  });

  test.each([
    '',
    '/home/mira/template',
    '../template',
    'C:\\template',
    `https://github.com/${repository}.git`,
    `git@github.com:${repository}`,
  ])('a clone of "%s" is none', (remote) => {
    expect(leftoverNames(repositoryWith(template, files), { remote })).toEqual([]);
  });

  test.each([
    [['config', 'guardian.contributes', 'true'], 0],
    [['config', 'guardian.contributes', 'false'], 1],
    // `gh repo fork` adds it to every fork.
    [['remote', 'add', 'upstream', `https://github.com/${repository}.git`], 1],
  ])('a fork in which git %j was run has %i names to change', (words, count) => {
    const root = repositoryWith(template, files);
    execFileSync('git', words, { cwd: root });
    expect(leftoverNames(root, { remote: 'git@github.com:mira/webhook-guardian.git' })).toHaveLength(count);
  });

  test('git is asked for the remote, unless a workflow knows the repository', () => {
    const root = repositoryWith(template, files);
    execFileSync('git', ['remote', 'add', 'origin', 'https://github.com/acme/release-gate'], { cwd: root });
    vi.stubEnv('GITHUB_REPOSITORY', '');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(leftoverNames(root)).toHaveLength(1);
    vi.stubEnv('GITHUB_REPOSITORY', repository);
    expect(leftoverNames(root)).toEqual([]);
  });
});

describe('after npm run init', () => {
  test('every name that is left is told at its line and column', () => {
    const root = repositoryWith(own, {
      ...isFork,
      'README.md': `# Release Gate\n\nSee ${repository} and ${name}.\n`,
      'docs/more.md': `id ${id}, by ${author}\n`,
      'package.json': `{ "name": "${packageName}", "kiket": { "template": "1.0.0" } }\n`,
      'packages/kiket-express/README.md': name,
    });
    expect(leftoverNames(root).map(({ file, line, column, message }) => [file, line, column, message])).toEqual([
      ['README.md', 3, 5, `"${repository}" is the name of the template.`],
      ['README.md', 3, 34, `"${name}" is the name of the template.`],
      ['docs/more.md', 1, 4, `"${id}" is the name of the template.`],
      ['docs/more.md', 1, 37, `"${author}" is the name of the template.`],
      ['package.json', 1, 12, `"${packageName}" is the name of the template.`],
    ]);
  });

  test("the template's notice may stay in LICENSE, as it is and nowhere else", () => {
    const text = `${licenceNotice}\n${licenceNotice} and others\n`;
    const root = repositoryWith(own, { ...isFork, LICENSE: text, 'README.md': text });
    expect(leftoverNames(root).map(({ file, line }) => [file, line])).toEqual([
      ['LICENSE', 2],
      ['README.md', 1],
      ['README.md', 2],
    ]);
  });

  test('a manifest that came back from the template is told', () => {
    const rows = leftoverNames(repositoryWith(template)).map(({ line, column }) => [line, column]);
    expect(rows).toEqual([
      [3, 8],
      [4, 10],
      [5, 12],
      [6, 33],
    ]);
  });

  test('names of which one of the template is a part are the own ones', () => {
    const part = { ...own, homepage: 'https://github.com/acme/webhook-guardian', name: 'The Webhook Guardian of Acme' };
    const files = { ...isFork, 'a.json': `{ "name": "${packageName}" }`, 'README.md': `# ${part.name}\n` };
    expect(leftoverNames(repositoryWith(part, files))).toEqual([]);
  });

  test.each([`my-${packageName}`, `${packageName}s`, `${packageName}-2`, `${author}anisation`])(
    '%s is another word',
    (text) => {
      expect(leftoverNames(repositoryWith(own, { ...isFork, 'README.md': `${text}\n` }))).toEqual([]);
    },
  );

  test('what git ignores, and what is no text, is not looked at', () => {
    const files = { ...isFork, '.gitignore': 'data/\n', 'data/log': name, 'picture.png': `\0${name}` };
    expect(leftoverNames(repositoryWith(own, files))).toEqual([]);
  });

  test('in a folder without git the files are looked at all the same', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'node_modules'));
    writeFileSync(join(root, 'node_modules', 'more.md'), name);
    writeFileSync(join(root, 'README.md'), `\n${name}\n`);
    writeFileSync(join(root, 'package.json'), isFork['package.json']);
    expect(leftoverNames(root)).toMatchObject([{ file: 'README.md', line: 2, column: 1 }]);
  });
});

test('an extension of another origin may be called what it likes', () => {
  expect(leftoverNames(repositoryWith(template, {}))).toEqual([]);
});

test('this repository is clean', () => {
  expect(leftoverNames(projectRoot, { remote: '' })).toEqual([]);
});
