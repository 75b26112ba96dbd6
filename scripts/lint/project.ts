import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { manifestPlaces } from '../../src/kiket/manifest.ts';
import { readSource, type SourceFile } from './sourceFile.ts';
import { asMap } from './values.ts';
import { readYaml, type YamlFile } from './yamlFile.ts';

/** The manifest's file, and the extension's part of it. */
export interface ManifestFile extends YamlFile {
  /** What stands under `extension:`, or the whole of a flat manifest. */
  extension: Readonly<Record<string, unknown>>;
  /** The way to the extension's part: `['extension']`, or nothing. */
  prefix: readonly string[];
}

/** A repository as the rules see it. Every file is read once. */
export interface Project {
  /** The folder; only the checks that need other programs look there. */
  root: string;
  /** Every file's path from the root, with `/`, sorted. */
  files: readonly string[];
  /** A file's text; `undefined` if there is none. */
  read: (file: string) => string | undefined;
  /** A YAML or JSON file; `undefined` if there is none. */
  yaml: (file: string) => YamlFile | undefined;
  /** A TypeScript file; `undefined` if there is none or it is none. */
  source: (file: string) => SourceFile | undefined;
  /** The first manifest where Kiket and its tools look for one; `undefined` if there is none. */
  manifest: () => ManifestFile | undefined;
}

/** What belongs to no repository: installed or made. */
const leftOut = new Set(['node_modules', '.git', 'dist', 'coverage', 'data']);

/** The project in a folder. */
export function openProject(root: string): Project {
  const files = listFiles(root, root);
  const known = new Set(files);
  return createProject(root, files, (file) => (known.has(file) ? readFileSync(join(root, file), 'utf8') : undefined));
}

/** A project that is in memory only. */
export function projectOf(texts: Readonly<Record<string, string>>): Project {
  return createProject('', Object.keys(texts).toSorted(), (file) =>
    Object.hasOwn(texts, file) ? texts[file] : undefined,
  );
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !leftOut.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(root, path);
      return entry.isFile() ? [relative(root, path).split(sep).join('/')] : [];
    })
    .toSorted();
}

function createProject(root: string, files: readonly string[], load: (file: string) => string | undefined): Project {
  const read = remember(load);
  const yaml = remember((file: string) => {
    const text = read(file);
    return text === undefined ? undefined : readYaml(file, text);
  });
  const source = remember((file: string) => {
    const text = read(file);
    return text === undefined ? undefined : readSource(file, text);
  });
  return { root, files, read, yaml, source, manifest: () => findManifest(files, yaml) };
}

function findManifest(files: readonly string[], yaml: Project['yaml']): ManifestFile | undefined {
  const keys = files.flatMap((file) => /^\.kiket\/extensions\/([^/]+)\//.exec(file)?.[1] ?? []);
  const file = manifestPlaces(keys).find((place) => files.includes(place));
  const found = file === undefined ? undefined : yaml(file);
  if (found === undefined) return undefined;
  const whole = asMap(found.value);
  const isNested = Object.hasOwn(whole, 'extension');
  return { ...found, extension: isNested ? asMap(whole['extension']) : whole, prefix: isNested ? ['extension'] : [] };
}

function remember<Value>(load: (file: string) => Value): (file: string) => Value {
  const known = new Map<string, Value>();
  return (file) => {
    if (!known.has(file)) known.set(file, load(file));
    return known.get(file) as Value;
  };
}
