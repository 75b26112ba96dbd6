import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestPlaces } from '../../../kiket-express/src/manifest/manifest.ts';
import { findJsonError } from './jsonError.ts';
import { readSource, type SourceFile } from './sourceFile.ts';
import { listFiles } from './trackedFiles.ts';
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
  /** The folder; `undefined` for a project that is in memory. */
  root: string | undefined;
  /** Every file's path from the root, with `/`, sorted. */
  files: readonly string[];
  /** A file's text; `undefined` if there is none. */
  read: (file: string) => string | undefined;
  /** A YAML or JSON file; `undefined` if there is none. */
  yaml: (file: string) => YamlFile | undefined;
  /** A TypeScript file; `undefined` if there is none or it is none. */
  source: (file: string) => SourceFile | undefined;
  /** Where the manifest is: the first of the places where Kiket and its tools look; `undefined` if there is none. */
  manifestFile: string | undefined;
  /** The manifest; `undefined` if there is none, or none that can be read. Then there is nothing to compare with. */
  manifest: () => ManifestFile | undefined;
}

/** The project in a folder. */
export function openProject(root: string): Project {
  const files = listFiles(root);
  const known = new Set(files);
  return createProject(root, files, (file) =>
    known.has(file) ? attempt(() => readFileSync(join(root, file), 'utf8')) : undefined,
  );
}

/** A project that is in memory only. */
export function projectOf(texts: Readonly<Record<string, string>>): Project {
  return createProject(undefined, Object.keys(texts).toSorted(), (file) =>
    Object.hasOwn(texts, file) ? texts[file] : undefined,
  );
}

/** What cannot be read, or is gone by now, is as good as not there. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function createProject(
  root: string | undefined,
  files: readonly string[],
  load: (file: string) => string | undefined,
): Project {
  const read = remember(load);
  const yaml = remember((file: string) => {
    const text = read(file);
    if (text === undefined) return undefined;
    const found = readYaml(file, text);
    // YAML that is no JSON tells nothing about a JSON file.
    return file.endsWith('.json') && findJsonError(text) !== undefined ? { ...found, value: undefined } : found;
  });
  const source = remember((file: string) => {
    const text = read(file);
    return text === undefined ? undefined : readSource(file, text);
  });
  const keys = files.flatMap((file) => /^\.kiket\/extensions\/([^/]+)\//.exec(file)?.[1] ?? []);
  const manifestFile = manifestPlaces(keys).find((place) => files.includes(place));
  const manifest = () => (manifestFile === undefined ? undefined : toManifest(yaml(manifestFile)));
  return { root, files, read, yaml, source, manifestFile, manifest };
}

function toManifest(file: YamlFile | undefined): ManifestFile | undefined {
  const whole = asMap(file?.value);
  const isNested = Object.hasOwn(whole, 'extension');
  const extension = isNested ? asMap(whole['extension']) : whole;
  if (file === undefined || (!isNested && !Object.hasOwn(whole, 'id'))) return undefined;
  if (Object.keys(extension).length === 0) return undefined;
  return { ...file, extension, prefix: isNested ? ['extension'] : [] };
}

function remember<Value>(load: (file: string) => Value): (file: string) => Value {
  const known = new Map<string, Value>();
  return (file) => {
    if (!known.has(file)) known.set(file, load(file));
    return known.get(file) as Value;
  };
}
