import { error, placeAt, startOf } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asList, asMap } from '../values.ts';
import { checkShape, misspelledKeys } from './shapes.ts';
import { injectedVariables, readCalls, type Call } from './dbtCalls.ts';
import { baseName, readDbt, type Dbt } from './dbtFiles.ts';
import { raggedRows, unbalancedJinja } from './dbtText.ts';
import { seedColumns, sourceColumns } from './dbtColumns.ts';
import { checkFields } from './dbtFields.ts';
import { checkModels } from './dbtModels.ts';
import { knownProfile, namedSettings } from './dbtSettings.ts';
import { unknownMacros } from './dbtMacros.ts';
import { unknownTests } from './dbtTests.ts';
import { dbtProjectSchema } from '../shapes/dbtProject.ts';
import { dbtPropertiesSchema } from '../shapes/dbtProperties.ts';

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
  const textOf = (path: string) => project.read(path) ?? '';
  return [
    ...found,
    ...knownProfile(project, settings, dbt),
    ...namedSettings(settings, dbt),
    ...dbt.descriptions.flatMap((yaml) => misspelledKeys(yaml, dbtPropertiesSchema)),
    ...describedModels(dbt),
    ...dbt.files.filter((path) => path.endsWith('.sql')).flatMap((path) => checkJinja(path, textOf(path), dbt)),
    ...checkModels(project, dbt),
    ...checkFields(project, dbt),
    ...unknownTests(dbt),
    ...sourceColumns(project, dbt),
    ...seedColumns(project, dbt),
    ...dbt.seeds.flatMap((path) => raggedRows(path, textOf(path))),
    ...calls.flatMap((call) => checkCall(call, dbt, variables)),
  ];
}

/** What stands in a tag that is not closed is not known. */
function checkJinja(path: string, text: string, dbt: Dbt): Problem[] {
  const unbalanced = unbalancedJinja(path, text);
  return unbalanced.length > 0 ? unbalanced : unknownMacros(path, text, dbt);
}

/** Every model has its description, and every description its model. */
function describedModels({ folder, models, descriptions, nodes }: Dbt): Problem[] {
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

/** How the variables begin that Kiket sets for dbt runs. */
const injected = /^(?:KIKET|INSTALLATION_SECRET|DBT_INSTALL?ATION)_/;

function checkCall(
  { name, args, file, text, offset }: Call,
  { nodes, sources, isOpen }: Dbt,
  variables: ReadonlySet<string> | undefined,
): Problem[] {
  const place = placeAt(file, text, offset);
  const [first = '', second] = args;
  // ref('package', 'model')
  const model = second === undefined || second === '' ? first : second;
  if (name === 'ref' && !isOpen && !nodes.has(model)) {
    return [error('dbt-ref', place, { message: `There is no model, seed or snapshot ${model}.`, hint: say(nodes) })];
  }
  if (name === 'source' && !isOpen && !sources.has(args.join('.'))) {
    return [error('dbt-source', place, { message: `There is no source ${args.join('.')}.`, hint: say(sources) })];
  }
  if (name !== 'env_var' || variables === undefined || variables.has(first)) return [];
  if (second !== undefined && injected.test(first)) {
    const message = `${first} looks like one of Kiket's, and Kiket does not set it: the default would always be taken.`;
    return [error('dbt-env-var', place, { message, hint: `Kiket sets: ${[...variables].join(', ')}.` })];
  }
  if (second !== undefined) return [];
  const message = `Kiket does not set ${first} for dbt runs, and there is no default.`;
  const hint = `Give it a default: env_var('${first}', '…'). Kiket sets: ${[...variables].join(', ')}.`;
  return [error('dbt-env-var', place, { message, hint })];
}

function say(names: ReadonlySet<string>): string {
  return names.size === 0 ? 'Add it, or mend the name.' : `There are: ${[...names].join(', ')}.`;
}
