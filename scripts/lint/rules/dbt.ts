import { error, placeAt, startOf } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asList, asMap, asTexts } from '../values.ts';
import type { YamlFile } from '../yamlFile.ts';
import { checkShape } from './shapes.ts';
import { injectedVariables, readCalls, type Call } from './dbtCalls.ts';
import { dbtProjectSchema } from '../shapes/dbtProject.ts';

/** A dbt project, as far as it can be known without running it. */
interface Dbt {
  folder: string;
  files: readonly string[];
  /** Its YAML files that describe models, seeds and sources. */
  descriptions: readonly YamlFile[];
  /** Models, seeds and snapshots by name. */
  nodes: ReadonlySet<string>;
  /** `source.table`. */
  sources: ReadonlySet<string>;
}

/** The dbt projects of the modules can be read, and whatever their models refer to is there. */
export function dbtRules(project: Project): Problem[] {
  const folders = new Set(project.files.flatMap((file) => /^\.kiket\/modules\/[^/]+\/dbt\//.exec(file)?.[0] ?? []));
  return [...folders].flatMap((folder) => checkFolder(project, folder));
}

function checkFolder(project: Project, folder: string): Problem[] {
  const file = `${folder}dbt_project.yml`;
  const settings = project.yaml(file);
  if (settings === undefined) {
    const message = 'This folder is a dbt project without its dbt_project.yml.';
    return [
      error('dbt-project-missing', startOf(file), { message, hint: 'Add it, or Kiket does not find the models.' }),
    ];
  }
  const found = checkShape('dbt-project', settings, dbtProjectSchema);
  if (settings.value === undefined) return found;
  const dbt = readDbt(project, folder, asMap(settings.value));
  const variables = injectedVariables(project);
  const calls = dbt.files.flatMap((path) => readCalls(path, project.read(path) ?? ''));
  return [...found, ...describedModels(dbt), ...calls.flatMap((call) => checkCall(call, dbt, variables))];
}

function readDbt(project: Project, folder: string, settings: Readonly<Record<string, unknown>>): Dbt {
  const files = project.files.filter((file) => file.startsWith(folder) && /\.(?:sql|ya?ml|csv)$/.test(file));
  const under = (key: string, usual: string, ending: string) => {
    const paths = settings[key] === undefined ? [usual] : asTexts(settings[key]);
    return files.filter((file) => file.endsWith(ending) && paths.some((path) => file.startsWith(`${folder}${path}/`)));
  };
  const described = files.filter((file) => /\.ya?ml$/.test(file) && file !== `${folder}dbt_project.yml`);
  const descriptions = described.map(project.yaml).filter((yaml) => yaml !== undefined);
  const snapshots = under('snapshot-paths', 'snapshots', '.sql').flatMap((file) =>
    [...(project.read(file) ?? '').matchAll(/\{%-?\s*snapshot\s+(\w+)/g)].map(([, name = '']) => name),
  );
  const models = under('model-paths', 'models', '.sql');
  const nodes = [...models, ...under('seed-paths', 'seeds', '.csv')].map(baseName);
  const sources = descriptions.flatMap(({ value }) =>
    asList(asMap(value)['sources'])
      .map(asMap)
      .flatMap(({ name, tables }) => asList(tables).map((table) => `${String(name)}.${String(asMap(table)['name'])}`)),
  );
  return {
    folder,
    files: files.filter((file) => !file.endsWith('.csv')),
    descriptions,
    nodes: new Set([...nodes, ...snapshots]),
    sources: new Set(sources),
  };
}

/** Every model has its description, and every description its model. */
function describedModels({ folder, files, descriptions, nodes }: Dbt): Problem[] {
  const named = descriptions.flatMap((yaml) =>
    ['models', 'seeds', 'snapshots'].flatMap((kind) =>
      asList(asMap(yaml.value)[kind]).map((entry, index) => ({
        kind,
        name: String(asMap(entry)['name']),
        place: yaml.at([kind, index, 'name']),
      })),
    ),
  );
  const unknown = named
    .filter(({ name }) => !nodes.has(name))
    .map(({ kind, name, place }) =>
      error('dbt-model-missing', place, {
        message: `There is no ${kind.slice(0, -1)} ${name}.`,
        hint: `Add its file below ${folder}, or mend the name.`,
      }),
    );
  const names = new Set(named.map(({ name }) => name));
  const models = files.filter(
    (file) =>
      file.endsWith('.sql') && nodes.has(baseName(file)) && !/\/(?:tests|macros|snapshots|analyses)\//.test(file),
  );
  const undescribed = models
    .filter((file) => !names.has(baseName(file)))
    .map((file) =>
      error('dbt-model-undescribed', startOf(file), {
        message: `No YAML file describes the model ${baseName(file)}.`,
        hint: 'Add it to `models:` in models/schema.yml, with what its columns are.',
      }),
    );
  return [...unknown, ...undescribed];
}

function checkCall(
  { name, args, file, text, offset }: Call,
  { nodes, sources }: Dbt,
  variables: ReadonlySet<string> | undefined,
): Problem[] {
  const place = placeAt(file, text, offset);
  const last = args.at(-1) ?? '';
  if (name === 'ref' && !nodes.has(last)) {
    return [error('dbt-ref', place, { message: `There is no model, seed or snapshot ${last}.`, hint: say(nodes) })];
  }
  if (name === 'source' && !sources.has(args.join('.'))) {
    return [error('dbt-source', place, { message: `There is no source ${args.join('.')}.`, hint: say(sources) })];
  }
  if (name !== 'env_var' || args.length > 1 || variables === undefined || variables.has(last)) return [];
  const message = `Kiket does not set ${last} for dbt runs, and there is no default.`;
  const hint = `Give it a default: env_var('${last}', '…'). Kiket sets: ${[...variables].join(', ')}.`;
  return [error('dbt-env-var', place, { message, hint })];
}

function say(names: ReadonlySet<string>): string {
  return names.size === 0 ? 'Add it, or mend the name.' : `There are: ${[...names].join(', ')}.`;
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1, file.lastIndexOf('.'));
}
