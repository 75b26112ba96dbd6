import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/setup.ts';

/** The sources by path from the project's folder, with what they import, without comments. */
const sources = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const path = join('src', name);
    const text = readFileSync(join(projectRoot, path), 'utf8').replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*/gm, '');
    const imports = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier = '']) =>
      specifier.startsWith('.') ? relative(projectRoot, resolve(projectRoot, dirname(path), specifier)) : specifier,
    );
    return { path, text, imports };
  });

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

  test('let the sandbox be deleted: nothing but its own tests needs it', () => {
    const others = ['scripts', 'test'].flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
    const users = others
      .filter(
        (path) => path.endsWith('.ts') && /from '[./]*\/sandbox\//.test(readFileSync(join(projectRoot, path), 'utf8')),
      )
      .map((path) => basename(path));
    expect(users.filter((name) => !name.startsWith('sandbox'))).toEqual([]);
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
