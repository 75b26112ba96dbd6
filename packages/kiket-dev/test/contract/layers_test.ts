import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../support/folders.ts';

/** Code by path from the project's folder, with what it imports: names, or paths from the project's folder. */
function readSources(folder: string) {
  const names = readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' });
  const paths = names.filter((name) => /\.(?:ts|js)$/.test(name)).map((name) => join(folder, name));
  return paths.map((path) => {
    const text = readFileSync(join(projectRoot, path), 'utf8').replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*/gm, '');
    const found = [...text.matchAll(/^(?:import|(?:import|export|\})[^'\n]* from) '([^']+)'|import\('([^']+)'\)/gm)];
    const imports = found.map(([, one, other = '']) => {
      const specifier = one ?? other;
      if (!specifier.startsWith('.')) return specifier;
      return relative(projectRoot, resolve(projectRoot, dirname(path), specifier));
    });
    return { path, text, imports };
  });
}

const app = [...readSources('src'), ...readSources('test')];
const library = readSources('packages/kiket-express/src');
const tool = readSources('packages/kiket-dev/src');

function importsOf(sources: typeof app, forbidden: RegExp): string[] {
  return sources.flatMap(({ path, imports }) =>
    imports.filter((specifier) => forbidden.test(specifier)).map((specifier) => `${path} imports ${specifier}`),
  );
}

describe('the rooms', () => {
  test('are seen, with their imports', () => {
    expect([app.length, library.length, tool.length].every((count) => count > 10)).toBe(true);
    expect(importsOf(library, /^packages\/kiket-express\/src\/delivery\.ts$/)).not.toEqual([]);
  });

  test('keep the app free of paths into the library and the tool', () => {
    expect(importsOf(app, /^packages\/|^kiket-dev/)).toEqual([]);
  });

  test('keep the library free of the app and the tool', () => {
    expect(importsOf(library, /^(?!packages\/kiket-express\/)\w+\/.*\.(?:ts|js)$|^kiket-/)).toEqual([]);
  });

  test('keep the tool free of the app, and of paths into the library', () => {
    expect(importsOf(tool, /^(?!packages\/kiket-dev\/|node_modules\/)\w+\/.*\.ts$/)).toEqual([]);
  });

  test('have no folder or file for odds and ends', () => {
    const names = [...app, ...library, ...tool]
      .flatMap(({ path }) => path.split('/'))
      .map((name) => basename(name, '.ts'));
    expect(names.filter((name) => /^(?:utils?|helpers?|common|lib|misc)$/.test(name))).toEqual([]);
  });
});
