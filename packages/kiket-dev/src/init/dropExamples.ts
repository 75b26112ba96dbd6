import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { cutEntries, cutRows, cutTests } from './code.ts';
import { examples, shared, variableOf, type Example } from './examples.ts';
import { exampleTests } from './exampleTests.ts';
import { firstGuard, firstGuardTest } from './firstGuard.ts';
import { dropFromDocuments } from './documents.ts';
import type { Project } from './project.ts';
import { pruneUnused } from './prune.ts';
import { dropFromScenario } from './scenario.ts';

const table = 'src/extension/index.ts';

/** Where settings are listed one by one. */
const settingsIn = [
  'src/extension/settings.ts',
  'src/extension/listeners/noteNeeds.ts',
  'test/support/context.ts',
  'test/unit/settings_test.ts',
];

/** Takes the examples out of the extension that are not kept, with all that is about them. */
export function dropExamples(project: Project, kept: readonly Example[]): void {
  const dropped = (Object.keys(examples) as Example[]).filter((example) => !kept.includes(example));
  if (dropped.length === 0) return;
  const parts = dropped.map((example) => examples[example]);
  const isLast = shared.of.every((example) => dropped.includes(example));
  for (const { file, from, to } of parts.flatMap(({ replacements }) => replacements)) {
    project.change(file, (text) => text.replace(from, () => to));
  }
  for (const file of [...parts.flatMap(({ files }) => files), ...(isLast ? shared.files : [])]) project.remove(file);
  const actions = parts.flatMap((part) => part.actions);
  const configuration = parts.flatMap((part) => part.configuration);
  const entries = [...parts.map(({ guard }) => guard), ...actions, ...(isLast ? shared.entries : [])];
  project.change(table, (text) => pruneUnused(cutEntries(text, entries)));
  // As tests set them.
  const settingNames = configuration.flatMap((key) => [key.toUpperCase(), variableOf(key)]);
  const names = [...configuration, ...configuration.map((key) => key.toUpperCase())];
  for (const path of settingsIn) {
    project.change(path, (text) => pruneUnused(cutEntries(cutRows(text, names), configuration)));
  }
  project.change('.kiket/manifest.yaml', (text) => dropFromManifest(text, dropped, isLast ? shared.hooks : []));
  project.change('.env.example', (text) => dropFromEnv(text, configuration));
  for (const path of project.paths.filter((each) => /^test\/.*\.ts$/.test(each))) {
    project.change(path, (text) => cutEntries(text, settingNames));
  }
  dropTests(project, dropped, isLast);
  if (kept.length === 0) addFirstGuard(project);
  dropFromScenario(project, kept, isLast);
  dropFromDocuments(project, kept, [...configuration, ...actions]);
}

function dropTests(project: Project, dropped: readonly Example[], isLast: boolean): void {
  for (const [path, needs] of Object.entries(exampleTests)) {
    const titles = [...dropped.flatMap((example) => needs[example] ?? []), ...(isLast ? (needs.shared ?? []) : [])];
    if (titles.includes('*')) project.remove(path);
    if (titles.length > 0) project.change(path, (text) => cutTests(text, titles));
  }
}

function addFirstGuard(project: Project): void {
  project.write('src/extension/guards/firstGuard.ts', firstGuard);
  project.write('test/unit/firstGuard_test.ts', firstGuardTest);
  project.change(table, (text) =>
    text
      .replace(/^(?=import .*\.\/listeners\/)/m, "import { firstGuard } from './guards/firstGuard.ts';\n")
      .replace('guards: {', 'guards: {\n    firstGuard,'),
  );
}

/** Comments and order stay as they are. */
function dropFromManifest(text: string, dropped: readonly Example[], hooks: readonly string[]): string {
  const document = parseDocument(text);
  const extension = document.get('extension') as YAMLMap;
  const parts = dropped.map((example) => examples[example]);
  const actions = parts.flatMap((part) => part.actions);
  const configuration = parts.flatMap((part) => part.configuration);
  const drop = (path: readonly string[], isDropped: (value: unknown) => boolean) => {
    const list = extension.getIn(path);
    if (isSeq(list)) list.items = list.items.filter((item) => !isDropped(toPlain(item)));
  };
  drop(['hooks'], (hook) => hooks.includes((hook as { event: string }).event));
  drop(['actions'], (action) => actions.includes((action as { key: string }).key));
  drop(['contributes', 'commands'], (command) =>
    actions.some((key) => (command as { command: string }).command.endsWith(`.${key}`)),
  );
  drop(['permissions'], (scope) => parts.some(({ permissions }) => permissions.includes(String(scope))));
  drop(['capabilities'], (name) => parts.some(({ capabilities }) => capabilities.includes(String(name))));
  drop(['tags'], (name) => parts.some(({ capabilities }) => capabilities.includes(String(name))));
  for (const key of configuration) extension.deleteIn(['configuration', key]);
  dropFromSetup(extension.get('setup'), configuration);
  extension.set('description', 'Guards issues before they enter a protected status.');
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** A step of the wizard that collects nothing any more goes. */
function dropFromSetup(setup: unknown, configuration: readonly string[]): void {
  if (!isSeq(setup)) return;
  const isCollecting = (step: unknown) => {
    if (!isMap(step)) return true;
    const lists = step.items
      .map(({ value }) => (isMap(value) ? value.get('collect') : undefined))
      .filter((list) => isSeq(list));
    for (const list of lists) {
      list.items = list.items.filter((item) => !configuration.includes(String(toPlain(item))));
    }
    return lists.every(({ items }) => items.length > 0);
  };
  setup.items = setup.items.filter(isCollecting);
}

function toPlain(node: unknown): unknown {
  if (isScalar(node)) return node.value;
  return isMap(node) || isSeq(node) ? (node.toJSON() as unknown) : node;
}

/** A setting goes with the comment above it. */
function dropFromEnv(text: string, configuration: readonly string[]): string {
  const names = configuration.map(variableOf);
  const lines = names.reduce((left, name) => left.replace(new RegExp(`^#.*\\n${name}=.*\\n`, 'm'), ''), text);
  return `${lines.replaceAll(/\n{3,}/g, '\n\n').trimEnd()}\n`;
}
