import { isMap, isScalar, visit, type Scalar, type YAMLMap } from 'yaml';
import { error, startOf } from '../found.ts';
import { eventsLike, isUnknownEvent } from '../knownEvents.ts';
import { namedIn } from '../named.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { isNear } from '../shapes/nearMisses.ts';
import { exampleSchema } from '../shapes/example.ts';
import { asList, asMap, asText } from '../values.ts';
import type { YamlFile } from '../yamlFile.ts';
import { misspelledKeys } from './shapes.ts';

/** What an example may call, as the manifest has it. */
interface Callable {
  id: string | undefined;
  commands: ReadonlySet<string>;
  actions: ReadonlySet<string>;
  /** What the commands begin with: `guardian`. */
  namespaces: ReadonlySet<string>;
}

/** The examples that the marketplace shows name commands, actions and events that there are, and their keys are spelled so that Kiket finds them. */
export function exampleRules(project: Project): Problem[] {
  const manifest = project.manifest();
  if (manifest === undefined) return [];
  const callable = readCallable(manifest);
  return project.files
    .filter((file) => /^docs\/examples\/.*\.ya?ml$/.test(file))
    .map(project.yaml)
    .filter((yaml) => yaml !== undefined && yaml.value !== undefined)
    .flatMap((yaml) =>
      yaml === undefined ? [] : [...misspelledKeys(yaml, exampleSchema, error), ...checkExample(yaml, callable)],
    );
}

function readCallable(manifest: ManifestFile): Callable {
  const { commands, workflow_actions: steps } = asMap(manifest.extension['contributes']);
  const named = namedIn(manifest).filter(({ kind }) => kind !== 'hook');
  const ids = [
    ...asList(commands).map((each) => asMap(each)['command']),
    ...asList(steps).map((each) => asMap(each)['id']),
  ];
  const written = [...ids.filter((id) => typeof id === 'string'), ...named.map((each) => each.written)];
  const dotted = written.filter((name) => name.includes('.'));
  return {
    id: asText(manifest.extension['id']),
    commands: new Set(written),
    actions: new Set(named.map(({ name }) => name)),
    namespaces: new Set(dotted.map((name) => name.slice(0, name.indexOf('.')))),
  };
}

function checkExample(yaml: YamlFile, callable: Callable): Problem[] {
  if (Object.keys(asMap(yaml.value)).length === 0) {
    const message = 'This example is empty, and the marketplace shows it.';
    return [error('example-empty', startOf(yaml.file), { message, hint: 'Write it, or remove the file.' })];
  }
  const found: Problem[] = [];
  visit(yaml.document, {
    Pair: (_key, { key, value }, ancestors) => {
      const map = ancestors.findLast(isMap);
      if (!isScalar(key) || !isScalar(value) || typeof value.value !== 'string' || map === undefined) return;
      const problem = checkPair(String(key.value), value as Scalar<string>, { map, callable });
      if (problem !== undefined) found.push(error('example-unknown', yaml.nodeAt(value), problem));
    },
  });
  return found;
}

function checkPair(key: string, { value }: Scalar<string>, { map, callable }: { map: YAMLMap; callable: Callable }) {
  const { id, commands, actions, namespaces } = callable;
  const isOurs = (each: unknown) =>
    typeof each === 'string' && namespaces.has(each.slice(0, Math.max(each.indexOf('.'), 0)));
  const may = `There are: ${[...new Set([...commands, ...actions])].join(', ')}.`;
  const unknown = (what: string) => ({ message: `The extension has no ${what} ${value}.`, hint: may });
  if (key === 'event' && isUnknownEvent(value)) {
    return { message: `Kiket knows no event ${value}.`, hint: `Known are: ${eventsLike(value).join(', ')}.` };
  }
  if (key === 'extension' && id !== undefined && value !== id && isOurs(map.get('command'))) {
    return {
      message: `${String(map.get('command'))} is no command of ${value}.`,
      hint: `Write extension: ${id}.`,
    };
  }
  if (key === 'extension' && id !== undefined && value !== id && isNear(value, id)) {
    return { message: `${value} is another extension.`, hint: `Did you mean ${id}?` };
  }
  const name = value.replace(/^ext:/, '');
  const extension: unknown = map.get('extension');
  const isElsewhere = typeof extension === 'string' && extension !== id && !isOurs(extension);
  if (isElsewhere || commands.has(name) || actions.has(name)) return undefined;
  if (key === 'action_key') return unknown('action');
  const isCommand =
    key === 'command' || value.startsWith('ext:') || (key === 'action' && id !== undefined && extension === id);
  return isCommand || (['extension', 'action', 'event'].includes(key) && isOurs(name)) ? unknown('command') : undefined;
}
