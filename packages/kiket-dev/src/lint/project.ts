import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from 'kiket-express';
import { manifestPlaces, parseManifest, readExtensionPart, type Manifest } from 'kiket-express/manifest';
import type { Place } from './found.ts';
import { importTable, type HandlerTable } from './handlerTable.ts';
import { findJsonError } from './jsonError.ts';
import { listFiles } from './trackedFiles.ts';
import { asMap } from './values.ts';
import { readYaml, type Path, type YamlFile } from './yamlFile.ts';

/** The manifest's file, and the extension's part of it. */
export interface ManifestFile extends YamlFile {
  /** What stands under `extension:` or beside it, or the whole of a flat manifest. */
  extension: Readonly<Record<string, unknown>>;
  /** Where a value of the extension stands. */
  placeOf: (...path: Path) => Place;
  /** Where a key of the extension stands. */
  keyPlaceOf: (...path: Path) => Place;
  /** Keys that say one thing under `extension:` and another beside it. */
  twice: readonly string[];
  /** As the receiver reads it; `undefined` if it would not start with it, of which the manifest's rules tell. */
  parsed: Manifest | undefined;
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
  /** Where the manifest is: the first of the places where Kiket and its tools look; `undefined` if there is none. */
  manifestFile: string | undefined;
  /** The manifest; `undefined` if there is none, or none that can be read. Then there is nothing to compare with. */
  manifest: () => ManifestFile | undefined;
  /** The extension's handlers, which are imported once; `undefined` if there is no file with a table of them. */
  table: () => Promise<HandlerTable | undefined>;
}

/** The project in a folder. */
export function openProject(root: string): Project {
  const files = listFiles(root);
  const known = new Set(files);
  const load = (file: string) => (known.has(file) ? attempt(() => readFileSync(join(root, file), 'utf8')) : undefined);
  return createProject(root, files, { load, table: () => importTable(root, files) });
}

/** A project that is in memory only. */
export function projectOf(texts: Readonly<Record<string, string>>, table?: HandlerTable): Project {
  const load = (file: string) => (Object.hasOwn(texts, file) ? texts[file] : undefined);
  return createProject(undefined, Object.keys(texts).toSorted(), { load, table: () => Promise.resolve(table) });
}

/** What cannot be read, or is gone by now, is as good as not there. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

interface Source {
  load: (file: string) => string | undefined;
  table: Project['table'];
}

function createProject(root: string | undefined, files: readonly string[], { load, table }: Source): Project {
  const read = remember(load);
  const yaml = remember((file: string) => {
    const text = read(file);
    if (text === undefined) return undefined;
    const found = readYaml(file, text);
    // What only YAML's reader takes is not what a JSON file says.
    return file.endsWith('.json') && findJsonError(text) !== undefined ? { ...found, value: undefined } : found;
  });
  const keys = files.flatMap((file) => /^\.kiket\/extensions\/([^/]+)\//.exec(file)?.[1] ?? []);
  const manifestFile = manifestPlaces(keys).find((place) => files.includes(place));
  const manifest = remember(() =>
    manifestFile === undefined ? undefined : toManifest(yaml(manifestFile), read(manifestFile) ?? ''),
  );
  return {
    root,
    files,
    read,
    yaml,
    manifestFile,
    manifest: () => manifest(''),
    table: remember(table).bind(undefined, ''),
  };
}

function toManifest(file: YamlFile | undefined, text: string): ManifestFile | undefined {
  const whole = asMap(file?.value);
  const { value, pathOf, twice } = readExtensionPart(whole);
  const extension = asMap(value);
  const isEmpty = Object.keys(extension).length === 0;
  if (file === undefined || isEmpty || !['extension', 'id'].some((key) => Object.hasOwn(whole, key))) return undefined;
  return {
    ...file,
    extension,
    twice,
    placeOf: (...path) => file.at(pathOf(path)),
    keyPlaceOf: (...path) => file.keyAt(pathOf(path)),
    parsed: attemptSetup(() => parseManifest(text, file.file)),
  };
}

function attemptSetup<Value>(load: () => Value): Value | undefined {
  try {
    return load();
  } catch (cause) {
    if (cause instanceof SetupError) return undefined;
    throw cause;
  }
}

function remember<Value>(load: (file: string) => Value): (file: string) => Value {
  const known = new Map<string, Value>();
  return (file) => {
    if (!known.has(file)) known.set(file, load(file));
    return known.get(file) as Value;
  };
}
