import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../support/folders.ts';
import { readPage } from '../support/markdown.ts';

/** Code by path from the project's folder, with what it imports, without comments. */
function readSources(paths: readonly string[]) {
  return paths.map((path) => {
    const text = readFileSync(join(projectRoot, path), 'utf8').replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*/gm, '');
    const imports = [...text.matchAll(/(?:from|import|import\()\s*'([^']+)'/g)].map(([, specifier = '']) =>
      specifier.startsWith('.') ? relative(projectRoot, resolve(projectRoot, dirname(path), specifier)) : specifier,
    );
    return { path, text, imports };
  });
}

function filesIn(folder: string): string[] {
  const names = readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' });
  return names.map((name) => join(folder, name));
}

const sources = readSources(filesIn('src').filter((path) => path.endsWith('.ts')));

function importsOf(folder: string, forbidden: RegExp): string[] {
  return sources
    .filter(({ path }) => path.startsWith(folder))
    .flatMap(({ path, imports }) =>
      imports.filter((specifier) => forbidden.test(specifier)).map((specifier) => `${path} imports ${specifier}`),
    );
}

describe('the layers', () => {
  test('see every source', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(sources.flatMap(({ imports }) => imports)).toContain('src/kiket/delivery.ts');
  });

  test('keep Kiket and the store free of the extension', () => {
    expect([...importsOf('src/kiket/', /^src\/extension\//), ...importsOf('src/store/', /^src\/extension\//)]).toEqual(
      [],
    );
  });

  test('keep the extension free of HTTP and SQL', () => {
    expect(importsOf('src/extension/', /^(?:express|kysely|libsql|pg|node:https?|src\/store\/(?!store\.ts))/)).toEqual(
      [],
    );
  });

  test('keep the sources free of sandbox, scripts and tests', () => {
    expect(importsOf('src/', /^(?:sandbox|scripts|test)\//)).toEqual([]);
  });

  test('let nothing import an entry', () => {
    expect(importsOf('src/', /^src\/(?:boot|index|lambda|vercel)\.ts$/)).toEqual([]);
  });

  test('read the environment in one place', () => {
    const readers = sources.filter(({ text }) => /process\.env|import\.meta\.env/.test(text)).map(({ path }) => path);
    expect(readers.toSorted()).toEqual(['src/index.ts', 'src/lambda.ts', 'src/vercel.ts']);
  });

  test("keep Kiket's field names at the edge", () => {
    const wireNames =
      /\b(?:performed_by|action_key|runtime_token|expires_at|occurred_at|user_id|event_type|secret_status)\b/;
    const users = sources.filter(({ text }) => wireNames.test(text));
    expect(users.map(({ path }) => path).toSorted()).toEqual([
      'src/kiket/delivery.ts',
      'src/kiket/envelope.ts',
      'src/kiket/errors.ts',
      'src/kiket/eventName.ts',
      'src/kiket/facts.ts',
    ]);
  });

  test('have no folder or file for odds and ends', () => {
    const names = sources.flatMap(({ path }) => path.split('/')).map((name) => basename(name, '.ts'));
    expect(names.filter((name) => /^(?:utils?|helpers?|common|lib|misc)$/.test(name))).toEqual([]);
  });
});

describe.each([
  ['sandbox', 'README.md'],
  ['bench', 'docs/bench.md'],
])('the folder %s', (folder, page) => {
  const isThere = existsSync(join(projectRoot, folder));
  const folders = readdirSync(projectRoot).filter((name) => /^(?:src|sandbox|scripts|bench|test)$/.test(name));
  const configurations = readdirSync(projectRoot).filter((name) => name.endsWith('.config.ts'));
  const code = [...folders.flatMap(filesIn), ...configurations].filter((path) => /\.(?:ts|js)$/.test(path));

  test.runIf(isThere)(`can be taken out as ${page} says: nothing that stays imports anything that goes`, () => {
    const [, patterns = ''] = new RegExp(`\`rm -r (${folder} [^\`]+)\``).exec(readPage(page).text) ?? [];
    const goes = patterns.split(' ').map((pattern) => {
      const path = pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '[^/]*');
      return new RegExp(`^${path}(?:/|$)`);
    });
    const isGone = (path: string) => goes.some((each) => each.test(path));
    const [gone, left] = [code.filter(isGone), code.filter((path) => !isGone(path))];
    expect(gone.filter((path) => path.startsWith(`${folder}/`))).not.toEqual([]);
    expect(gone.filter((path) => path.startsWith('test/'))).not.toEqual([]);
    const broken = readSources(left).flatMap(({ path, imports }) =>
      imports.filter(isGone).map((specifier) => `${path} imports ${specifier}`),
    );
    expect(broken).toEqual([]);
  });
});
