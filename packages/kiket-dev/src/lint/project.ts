import { join } from 'node:path';
import type * as z from 'zod';
import { SetupError } from 'kiket-express';
import { manifestPlaces, parseManifest, readExtensionPart, readTextFile, type Manifest } from 'kiket-express/manifest';
import { importTypeScript } from '../project.ts';
import { listFiles } from '../trackedFiles.ts';
import type { Place } from './problem.ts';
import { asMap } from './values.ts';
import { readYaml, type Path, type YamlFile } from './yamlFile.ts';

/** The manifest, as if the whole extension were under `extension:`. */
export interface ManifestFile extends YamlFile {
  /** The content of `extension:` and the keys beside it, or the whole of a flat manifest. */
  extension: Readonly<Record<string, unknown>>;
  /** The place of a value of the extension. */
  placeOf: (...path: Path) => Place;
  /** The place of a key of the extension. */
  keyPlaceOf: (...path: Path) => Place;
  /** As the receiver reads it; `undefined` if the server wouldn't start with it. */
  parsed: Manifest | undefined;
  /** Why the server wouldn't start with it: `file:line:column` and what is wrong. */
  refused: readonly string[];
}

/** The names in the extension's table. */
export interface HandlerTable {
  /** The file that it's in. */
  file: string;
  guards: Readonly<Record<string, never>>;
  listeners: Readonly<Record<string, never>>;
  actions: Readonly<Record<string, never>>;
  settingsSchema?: z.ZodType<Readonly<Record<string, unknown>>>;
  /** Why the file couldn't be imported, if it couldn't. */
  problem?: string;
}

/** A repository as the rules see it. Each file is read once. */
export interface Project {
  /** The folder; `undefined` for files without one. */
  root: string | undefined;
  /** Every file's path from the root, with `/`, sorted. */
  files: readonly string[];
  /** A file's text; `undefined` if it doesn't exist. */
  read: (file: string) => string | undefined;
  /** A YAML or JSON file; `undefined` if it doesn't exist. */
  yaml: (file: string) => YamlFile | undefined;
  /** The manifest's path: the first of the places where Kiket and its tools look; `undefined` if there is none. */
  manifestFile: string | undefined;
  /** The manifest; `undefined` if it doesn't exist or can't be read. */
  manifest: () => ManifestFile | undefined;
  /** The extension's handlers, imported once; `undefined` if no file has their table. */
  table: () => Promise<HandlerTable | undefined>;
}

/** The project in a folder. */
export function openProject(root: string): Project {
  const files = listFiles(root);
  const read = (file: string) => (files.includes(file) ? readTextFile(join(root, file), file) : undefined);
  return createProject({ root, files, read, table: () => importTable(root, files) });
}

/** Where an extension in TypeScript has its table. Tables in other languages can't be read. */
const tableFile = 'src/extension.ts';

/** Imports the table of the extension in a folder; `undefined` if the file doesn't exist. */
async function importTable(root: string, files: readonly string[]): Promise<HandlerTable | undefined> {
  if (!files.includes(tableFile)) return undefined;
  const none = { file: tableFile, guards: {}, listeners: {}, actions: {} };
  try {
    const module = await importTypeScript(join(root, tableFile));
    const table = module['extension'] ?? module['default'];
    if (typeof table === 'object' && table !== null) return { ...none, ...table };
    return { ...none, problem: 'It exports neither "extension" nor a default' };
  } catch (cause) {
    return { ...none, problem: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** A project of these files, whose `read` is asked once for each. */
export function createProject({
  root,
  files,
  read: load,
  table,
}: Pick<Project, 'root' | 'files' | 'read' | 'table'>): Project {
  const read = remember(load);
  const yaml = remember((file) => {
    const text = read(file);
    return text === undefined ? undefined : readYaml(file, text);
  });
  const keys = files.flatMap((file) => /^\.kiket\/extensions\/([^/]+)\//.exec(file)?.[1] ?? []);
  const manifestFile = manifestPlaces(keys).find((place) => files.includes(place));
  const manifest = remember((file) => toManifest(yaml(file), read(file) ?? ''));
  const tables = remember(table);
  return {
    root,
    files,
    read,
    yaml,
    manifestFile,
    manifest: () => (manifestFile === undefined ? undefined : manifest(manifestFile)),
    table: () => tables(''),
  };
}

function toManifest(yaml: YamlFile | undefined, text: string): ManifestFile | undefined {
  const whole = asMap(yaml?.value);
  const { value, pathOf } = readExtensionPart(whole);
  const extension = asMap(value);
  if (yaml === undefined || (whole['extension'] ?? whole['id']) === undefined || Object.keys(extension).length === 0)
    return undefined;
  const locate = ([first, ...rest]: Path) => (first === 'extension' ? pathOf(rest) : [first ?? '', ...rest]);
  const at = (path: Path) => yaml.at(locate(path));
  const keyAt = (path: Path) => yaml.keyAt(locate(path));
  return {
    ...yaml,
    value: { ...whole, extension },
    at,
    keyAt,
    extension,
    placeOf: (...path) => at(['extension', ...path]),
    keyPlaceOf: (...path) => keyAt(['extension', ...path]),
    ...parse(text, yaml.file),
  };
}

function parse(text: string, file: string): Pick<ManifestFile, 'parsed' | 'refused'> {
  try {
    return { parsed: parseManifest(text, file), refused: [] };
  } catch (cause) {
    if (cause instanceof SetupError) return { parsed: undefined, refused: cause.problems };
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
