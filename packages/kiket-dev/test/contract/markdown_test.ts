import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../support/folders.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
import {
  missingLines,
  namesIn,
  readAnchors,
  readBlocks,
  readCode,
  readLinks,
  readPage,
  readPages,
} from '../support/markdown.ts';
import { commands, runNpmScript } from '../support/npmScripts.ts';

const pages = readPages();
const scripts = Object.keys(packageJson.scripts);

/** The text of files, and of every file in folders, as one. */
function textOf(...paths: string[]): string {
  const files = paths.flatMap((path) => {
    const place = join(projectRoot, path);
    if (statSync(place).isFile()) return [place];
    const entries = readdirSync(place, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  });
  return files.map((file) => readFileSync(file, 'utf8')).join('\n');
}

const packages = readdirSync(join(projectRoot, 'packages')).map((name) => `packages/${name}`);

const settings = textOf('.env.example', '.kiket');
const code = textOf('.env.example', '.kiket', 'src', '.github/workflows', ...packages.map((folder) => `${folder}/src`));

/** Names of environment variables; `KIKET_SECRET_` stands for all that begin like this. */
const variable = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+_?/g;

/** Of Node.js and of platforms, which have their own documentation. */
const ofOthers = new Set(['NODE_OPTIONS', 'NODEJS_HELPERS']);

test('there are pages, with code and links in them', () => {
  expect(pages.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['README.md', 'docs/README.md', 'docs/getting-started.md', '.github/SECURITY.md']),
  );
  const all = pages.map(({ text }) => text).join('\n\n');
  expect(readBlocks(all).length).toBeGreaterThan(20);
  expect(readLinks(all).length).toBeGreaterThan(100);
});

describe.each(pages)('$path', ({ path, text }) => {
  const blocks = readBlocks(text);

  test('shows files as they are', () => {
    const changed = blocks.filter(({ kind, subject, text: part }) => {
      const file = join(projectRoot, subject);
      return kind === 'file' && !(existsSync(file) && readFileSync(file, 'utf8').includes(part));
    });
    expect(changed.map(({ subject }) => `${subject} is gone, or has another text than this`)).toEqual([]);
  });

  test('names scripts that exist', () => {
    const named = [...text.matchAll(/npm run (?:--silent |-s )?([\w:-]+)/g)].map(([, name = '']) => name);
    const unknown = named.filter((name) => !scripts.includes(name));
    expect(unknown, `package.json has ${scripts.join(', ')}`).toEqual([]);
  });

  // What a page adds to the manifest, guides_test runs.
  test.skipIf(blocks.some(({ kind }) => kind === 'edit'))('names settings that exist', () => {
    const named = readCode(text).flatMap((piece) => piece.match(variable) ?? []);
    // What a block sets, or asks the reader to set.
    const ofBlocks = blocks.flatMap((block) => block.text.match(/\w+(?==)|(?<=\$\{?)\w+/g) ?? []).join('\n');
    const unknown = named.filter((name) => {
      const place = name.startsWith('KIKET_') ? settings : code + ofBlocks;
      return !ofOthers.has(name) && !place.includes(name);
    });
    expect(unknown, 'neither .env.example nor .kiket/ nor the code knows it').toEqual([]);
  });

  test('links to files and headings that exist', () => {
    const broken = readLinks(text).flatMap(({ target, label }) => {
      if (/^(?:https?|mailto):/.test(target)) return [];
      const [, file = '', anchor] = /^([^#?]*)(?:#(.+))?$/.exec(target) ?? [];
      const there = file === '' ? path : join(dirname(path), decodeURI(file));
      // A package gets its licence when it is published.
      if (/^packages\/[^/]+\/LICENSE$/.test(there)) return [];
      if (!existsSync(join(projectRoot, there))) return [`[${label}](${target}): there is no ${there}`];
      const [title = label] = namesIn(label);
      if (there.endsWith('_test.ts') && !readPage(there).text.includes(title.replaceAll('\n', ' '))) {
        return [`[${label}](${target}): it has no such test`];
      }
      if (anchor === undefined) return [];
      const anchors = there.endsWith('.md') ? readAnchors(readFileSync(join(projectRoot, there), 'utf8')) : [];
      return anchors.includes(anchor)
        ? []
        : [`[${label}](${target}): ${there} has #${anchors.join(', #') || '… nothing'}`];
    });
    expect(broken).toEqual([]);
  });
});

/** What commands print; the sandbox has a test of its own. */
const printed = pages.flatMap(({ path, text }) =>
  readBlocks(text).flatMap((block) =>
    block.kind === 'output' && !/\bsandbox\b/.test(block.subject) ? [{ path, ...block }] : [],
  ),
);

test.each(printed)('$path shows what `$subject` prints', async ({ subject, text }) => {
  const [, name = '', words = ''] = /^npm run (?:--silent )?(\S+)(?: -- (.+))?$/.exec(subject) ?? [];
  const { stdout } = await runNpmScript(name, words.split(' ').filter(Boolean));
  expect(missingLines(stdout, text)).toEqual([]);
});

test.each(Object.entries(commands))('npm run %s has the options that the pages name', async (name, command) => {
  const { stdout: help } = await runNpmScript(name, ['--help']);
  const calls = pages.flatMap(({ text }) => [
    ...text.matchAll(/(?:npm run (?:--silent )?(\S+) --|kiket-dev (\w+)) ([^`\n&|>]*)/g),
  ]);
  const words = calls
    .filter(([, script, direct]) => script === name || direct === command)
    .flatMap(([, , , line = '']) => line.match(/^[a-z][\w-]*(?=\s|$)|(?<=^|\s)--[\w-]+/g) ?? []);
  expect(words.filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(help))).toEqual([]);
});
