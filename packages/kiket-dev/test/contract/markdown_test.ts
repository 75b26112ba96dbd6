import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../support/folders.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
import {
  isGone,
  missingLines,
  readAnchors,
  readBlocks,
  readCode,
  readLinks,
  readPages,
  readTestTitles,
  type Block,
} from '../support/markdown.ts';
import { runNpmScript, sourceOf } from '../support/npmScripts.ts';
import { run } from '../support/processes.ts';

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

// But for this file, whose examples run nothing.
const tests = textOf('test/unit', 'test/component', 'test/contract', 'test/e2e', 'test/slow', 'test/soak').replace(
  readFileSync(import.meta.filename, 'utf8'),
  '',
);
const settings = textOf('.env.example', '.kiket');
const code = textOf('.env.example', '.kiket', 'src', 'scripts', '.github/workflows');

/** Names of environment variables; `KIKET_SECRET_` stands for all that begin like this. */
const variable = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+_?/g;

/** Of Node.js and of platforms, which have their own documentation. */
const ofOthers = new Set(['NODE_OPTIONS', 'NODEJS_HELPERS']);

/** What `.ci/run` runs, a line each, and so proves. */
const steps = readFileSync(join(projectRoot, '.ci', 'run'), 'utf8').match(/(?<=^step ).+/gm) ?? [];

/** Whether a command is run as it is written, by a step, which may add options, or by a test. */
function isRun(command: string): boolean {
  const isStep = steps.some((step) => step === command || step.startsWith(`${command} -- `));
  return isStep || tests.includes(`${command}'`);
}

/** Why nobody would notice if a block were wrong; `undefined` if somebody would. */
function whyUnchecked({ kind, subject, language, text }: Block): string | undefined {
  if (kind === 'file' || kind === 'output' || kind === 'internet') return undefined;
  if (kind === 'run' || kind === 'session') {
    // As tests look blocks up. The name alone may stand in any other.
    if ([`subject === '${subject}'`, `.md', '${subject}')`].some((asked) => tests.includes(asked))) return undefined;
    return `no test asks for the block '${subject}'`;
  }
  if (kind !== undefined) return `"${kind}" is none of file, output, run, session and internet`;
  if (language !== 'sh') {
    return 'put <!-- file: path --> in front if it is (a part of) a file, or <!-- output: command --> if it is printed';
  }
  const commands = text.split(/\n|&&/).map((command) => command.replace(/#.*/, '').trim());
  if (commands.every((command) => command === '' || isRun(command))) return undefined;
  return 'have a test run it and put <!-- run: its name --> in front, or <!-- internet: what for --> if that cannot be';
}

test('there are pages, with code and links in them', () => {
  expect(pages.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['README.md', 'docs/README.md', 'docs/getting-started.md', '.github/SECURITY.md']),
  );
  const all = pages.map(({ text }) => text).join('\n\n');
  expect(readBlocks(all).length).toBeGreaterThan(20);
  expect(readLinks(all).length).toBeGreaterThan(100);
});

describe.each(pages)('$path', ({ path, text }) => {
  const blocks = readBlocks(text).filter((block) => !isGone(block));

  test('has no code that nothing checks', () => {
    const unchecked = blocks.flatMap((block) => {
      const why = whyUnchecked(block);
      return why === undefined ? [] : [`${block.text.split('\n')[0]}: ${why}`];
    });
    expect(unchecked).toEqual([]);
  });

  test('shows files as they are', () => {
    const changed = blocks.filter(({ kind, subject, text: part }) => {
      const file = join(projectRoot, subject);
      return kind === 'file' && !(existsSync(file) && readFileSync(file, 'utf8').includes(part));
    });
    expect(changed.map(({ subject }) => `${subject} is gone, or has another text than this`)).toEqual([]);
  });

  test('has commands that a shell understands', async () => {
    const shell = blocks.filter(({ language }) => language === 'sh' || language === 'bash');
    const checked = shell.map(async ({ text: script }) => (await run('bash', ['-n', '-c', script])).stderr);
    expect((await Promise.all(checked)).filter((error) => error !== '')).toEqual([]);
  });

  test('names scripts that exist', () => {
    const named = [...text.matchAll(/npm run (?:--silent |-s )?([\w:-]+)/g)].map(([, name = '']) => name);
    const unknown = named.filter((name) => !scripts.includes(name));
    expect(unknown, `package.json has ${scripts.join(', ')}`).toEqual([]);
  });

  test('names settings that exist', () => {
    const named = readCode(text).flatMap((piece) => piece.match(variable) ?? []);
    // What a block sets, or asks the reader to set.
    const ofBlocks = blocks.flatMap((block) => block.text.match(/\w+(?==)|(?<=\$\{?)\w+/g) ?? []).join('\n');
    const unknown = named.filter((name) => {
      const place = name.startsWith('KIKET_') ? settings : `${code}\n${ofBlocks}`;
      return !ofOthers.has(name) && !new RegExp(`\\b${name}${name.endsWith('_') ? '' : '\\b'}`).test(place);
    });
    expect(unknown, 'neither .env.example nor .kiket/ nor the code knows it').toEqual([]);
  });

  test('links to files and headings that exist', () => {
    const broken = readLinks(text).flatMap(({ target, label }) => {
      if (/^(?:https?|mailto):/.test(target)) return [];
      const [, file = '', anchor] = /^([^#?]*)(?:#(.+))?$/.exec(target) ?? [];
      const there = file === '' ? path : join(dirname(path), decodeURI(file));
      if (!existsSync(join(projectRoot, there))) return [`[${label}](${target}): there is no ${there}`];
      if (anchor === undefined) return [];
      const anchors = there.endsWith('.md') ? readAnchors(readFileSync(join(projectRoot, there), 'utf8')) : [];
      return anchors.includes(anchor)
        ? []
        : [`[${label}](${target}): ${there} has #${anchors.join(', #') || '… nothing'}`];
    });
    expect(broken).toEqual([]);
  });

  test('names tests as they are called', () => {
    const named = readLinks(text).filter(({ target, label }) => target.endsWith('_test.ts') && !label.includes('/'));
    const wrong = named.filter(({ target, label }) => !readTestTitles(join(dirname(path), target)).includes(label));
    expect(wrong).toEqual([]);
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

/** The scripts of ours. One that runs without development dependencies has no help but its source. */
const ours = Object.entries(packageJson.scripts).flatMap(([name, command]) => {
  const [, file] = /\b(?:tsx|node) (\S+)$/.exec(command) ?? [];
  return file === undefined ? [] : [{ name, file }];
});

test.each(ours)('npm run $name has the options that the pages name', async ({ name, file }) => {
  const help = sourceOf(name) === undefined ? textOf(file) : (await runNpmScript(name, ['--help'])).stdout;
  const lines = pages.flatMap(({ text }) => [...text.matchAll(/npm run (?:--silent )?(\S+) -- ([^`\n&|>]*)/g)]);
  const words = lines
    .filter(([, script]) => script === name)
    .flatMap(([, , said = '']) => said.match(/^[a-z][\w-]*(?=\s|$)|(?<=^|\s)--[\w-]+/g) ?? []);
  expect(help).not.toBe('');
  expect(words.filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(help))).toEqual([]);
});
