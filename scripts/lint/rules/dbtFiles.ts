import type { Project } from '../project.ts';
import { asList, asMap, asTexts } from '../values.ts';
import type { YamlFile } from '../yamlFile.ts';
import { withoutComments } from './dbtText.ts';

/** A dbt project, as far as it can be known without running it. */
export interface Dbt {
  folder: string;
  /** The files in which its functions are called. */
  files: readonly string[];
  models: readonly string[];
  seeds: readonly string[];
  /** Its YAML files that describe models, seeds and sources. */
  descriptions: readonly YamlFile[];
  /** Models, seeds and snapshots by name. */
  nodes: ReadonlySet<string>;
  /** `source.table`. */
  sources: ReadonlySet<string>;
  /** The project's name, with which its macros may be called: `visits.day_of()`. */
  name: string;
  /** Its own macros. */
  macros: ReadonlySet<string>;
  /** Its own generic tests: blocks of their own, and macros called `test_<name>`. */
  tests: ReadonlySet<string>;
  /** Whether it uses packages, which have macros and tests as well. */
  usesPackages: boolean;
  /** Whether there may be more nodes and sources: in packages, or in a file that cannot be read. */
  isOpen: boolean;
}

/** What describes the project and no node of it. */
const ofProject = /\/dbt\/(?:dbt_project|profiles|packages|dependencies|selectors)\.ya?ml$/;

/** Reads the dbt project in a folder whose `dbt_project.yml` says this. */
export function readDbt(project: Project, folder: string, settings: Readonly<Record<string, unknown>>): Dbt {
  const files = project.files.filter((file) => file.startsWith(folder) && isDbtSource(file));
  const under = (key: string, usual: string, ending: RegExp) => {
    const paths = settings[key] === undefined ? [usual] : asTexts(settings[key]);
    return files.filter((file) => ending.test(file) && paths.some((path) => file.startsWith(`${folder}${path}/`)));
  };
  const described = files.filter((file) => /\.ya?ml$/.test(file) && !ofProject.test(file));
  const descriptions = described.map(project.yaml).filter((yaml) => yaml !== undefined);
  const snapshots = under('snapshot-paths', 'snapshots', /\.sql$/).flatMap((file) =>
    [...(project.read(file) ?? '').matchAll(/\{%-?\s*snapshot\s+(\w+)/g)].map(([, name = '']) => name),
  );
  const models = under('model-paths', 'models', /\.(?:sql|py)$/);
  const seeds = under('seed-paths', 'seeds', /\.csv$/);
  const defined = [...under('macro-paths', 'macros', /\.sql$/), ...under('test-paths', 'tests', /\.sql$/)].flatMap(
    (file) => definitions(project.read(file) ?? ''),
  );
  const named = [...models, ...seeds].map(baseName);
  const usesPackages = files.some((file) => /\/dbt\/(?:packages|dependencies)\.yml$/.test(file));
  return {
    folder,
    files: files.filter((file) => /\.(?:sql|ya?ml)$/.test(file)),
    models,
    seeds,
    descriptions,
    nodes: new Set([...named, ...snapshots]),
    sources: new Set(descriptions.flatMap(({ value }) => sourcesIn(value))),
    name: String(settings['name']),
    macros: new Set(defined.flatMap(({ kind, name }) => (kind === 'macro' ? name : []))),
    tests: new Set(
      defined.flatMap(({ kind, name }) => (kind === 'macro' ? (/^test_(.+)/.exec(name)?.[1] ?? []) : name)),
    ),
    usesPackages,
    isOpen: usesPackages || descriptions.some(({ value }) => value === undefined),
  };
}

/** The macros and generic tests that a file brings. */
function definitions(text: string): { kind: string; name: string }[] {
  return [...withoutComments(text).matchAll(/\{%-?\s*(macro|test|data_test)\s+(\w+)/g)].map(
    ([, kind = '', name = '']) => ({ kind, name }),
  );
}

function sourcesIn(description: unknown): string[] {
  return asList(asMap(description)['sources'])
    .map(asMap)
    .flatMap(({ name, tables }) => asList(tables).map((table) => `${String(name)}.${String(asMap(table)['name'])}`));
}

/** What dbt itself writes (compiled models, installed packages, logs) is no source. */
export function isDbtSource(file: string): boolean {
  return /\.(?:sql|py|ya?ml|csv)$/.test(file) && !/\/dbt\/(?:target|dbt_packages|logs)\//.test(file);
}

/** A file's name without folder and ending, which is the name of its model. */
export function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1, file.lastIndexOf('.'));
}
