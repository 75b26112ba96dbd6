import { exampleDocs, type SaidAbout } from './exampleDocs.ts';
import { shared, variableOf, type Example } from './examples.ts';
import type { Project } from './project.ts';
import { countSteps } from './scenario.ts';
import { dropTestLinks, isTestThere } from './testLinks.ts';

/** What takes the place of the guard that the README shows. */
const shown: readonly (readonly [Example | 'none', file: string, what: string])[] = [
  ['freeze', 'changeFreeze', 'This one is all there is to a change freeze:'],
  ['fields', 'requireFields', 'This one is all there is to required fields:'],
  ['checks', 'checksPass', 'This one asks for green checks:'],
  ['approvals', 'requireApprovals', 'This one waits for approvals:'],
  ['none', 'firstGuard', 'This one is yours to fill in:'],
];

/** The guide, and its sections that play the whole story, in which fields and approvals have their part. */
export const guide = 'docs/getting-started.md';
export const storySections: readonly string[] = ['Play it by commands', 'Break it', 'Change a rule'];

/** Takes out of README and docs what is no longer so: rows of tables, the guard that is shown, output, sections. */
export function dropFromDocuments(project: Project, kept: readonly Example[], keys: readonly string[]): void {
  const parts = partsOf(kept);
  for (const { file, from, to } of parts.flatMap(({ replacements }) => replacements)) {
    project.change(file, (text) => text.replace(from, () => to));
  }
  const cells = [
    ...keys.flatMap((key) => [`\`${key}\``, `\`${variableOf(key)}\``]),
    ...parts.flatMap(({ rows }) => rows),
  ];
  const isWhole = kept.includes('fields') && kept.includes('approvals');
  project.change('README.md', (text) => showGuard(project, text, kept));
  project.change('README.md', (text) => shortenOutput(text, `${countSteps(project)} passed, 0 failed`));
  project.change('README.md', (text) => text.replace(/^The shipped extension guards a release:[^]*?\n\n/m, ''));
  if (!isWhole) tellLess(project);
  for (const path of project.paths.filter((each) => each.endsWith('.md'))) {
    project.change(path, (text) => dropRows(text, cells));
    project.change(path, (text) => dropTestLinks(text, (label, file) => isTestThere(project, { path, label, file })));
  }
}

/** What the pages say about that which is not kept. */
function partsOf(kept: readonly Example[]): SaidAbout[] {
  const { shared: ofSeveral, none, ...ofEach } = exampleDocs;
  const isKept = (name: string) => kept.some((example) => example === name);
  return [
    ...Object.entries(ofEach).flatMap(([name, said]) => (isKept(name) ? [] : [said])),
    ...(shared.of.some(isKept) ? [] : [ofSeveral]),
    ...(kept.length === 0 ? [none] : []),
  ];
}

function showGuard(project: Project, text: string, kept: readonly Example[]): string {
  const [, file, what] = shown.find(([example]) => example === 'none' || kept.includes(example)) ?? [];
  if (file === undefined || what === undefined) return text;
  const path = `src/extension/guards/${file}.ts`;
  const source = project.read(path);
  const code = source.slice(source.indexOf('/**')).trimEnd();
  return text
    .replace('This one is all there is to a change freeze:', () => what)
    .replace(
      /<!-- file: src\/extension\/guards\/changeFreeze\.ts -->\n\n```ts\n[^]*?```/,
      () => `<!-- file: ${path} -->\n\n\`\`\`ts\n${code}\n\`\`\``,
    );
}

/** What the replay prints line by line is another story now. */
function shortenOutput(text: string, lastLine: string): string {
  return text.replace(
    /(<!-- output: npm run replay -->\n\n```text\n)[^]*?```/,
    (_all, head: string) => `${head}…\n${lastLine}\n\`\`\``,
  );
}

/** The board, its picture and the guide show a refusal for a missing field and an approval. */
function tellLess(project: Project): void {
  for (const path of ['docs/board.png', 'docs/board-dark.png', 'sandbox/picture.ts']) project.remove(path);
  project.change('package.json', (text) => text.replace(/^ *"picture": .*\n/m, ''));
  project.change('README.md', (text) => text.replace(/<picture>[^]*?<\/picture>\n\n/, ''));
  project.change(guide, tellLessInGuide);
}

function tellLessInGuide(text: string): string {
  const sections = text.split(/^(?=## )/m);
  const left = sections.filter((section) => !storySections.some((title) => section.startsWith(`## ${title}\n`)));
  return left
    .join('')
    .replace(/<!-- output: npm run --silent sandbox -- story -->\n\n```text\n[^]*?```\n\n/, '')
    .replace(/^decided: two of its guards .*$/m, 'decided, and a listener called back.')
    .replace(/You are Mira:\n\n(?:\d\. .*\n(?: {3}.*\n)*)+/, () => play);
}

/** In place of the steps of the story. */
const play = `You are Mira. Drag a card to **Done**, and the page says what the guardian
answered. \`npm run sandbox -- --help\` lists what can be done from another terminal.
`;

/** Rows of tables that begin with a guard, a setting, a secret or an action that is gone. */
function dropRows(text: string, cells: readonly string[]): string {
  return text
    .split('\n')
    .filter((line) => !cells.includes(/^\| (.*?) +\|/.exec(line)?.[1] ?? ''))
    .join('\n');
}
