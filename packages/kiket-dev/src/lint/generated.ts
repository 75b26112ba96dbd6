import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardEvent, type Manifest } from 'kiket-express/manifest';
import { openProject } from './project.ts';
import { envExample, settingsOf, variablesIn, type Setting } from './rules/environment.ts';

/** The file with the manifest's names, for the compiler. */
export const namesFile = 'src/manifest.ts';

/** Returns a file's text with every setting listed. */
type List = (text: string, settings: readonly Setting[]) => string;

/** The files that list settings: the table of one page has variables, that of the other what people see in Kiket. */
const lists: Readonly<Record<string, List>> = {
  [envExample]: addVariables,
  'docs/settings.md': addRows('Variable', ({ name }) => `\`${name}\``),
  'docs/README.md': addRows('Setting', ({ label }) => label),
};

/** Writes {@link namesFile}, if it exists. Returns the paths of the files that it changed. */
export function writeNames(root: string): string[] {
  const { manifest, read } = openProject(root);
  const parsed = manifest()?.parsed;
  if (parsed === undefined || read(namesFile) === undefined) return [];
  const names = describeNames(parsed);
  if (names === read(namesFile)) return [];
  writeFileSync(join(root, namesFile), names);
  return [namesFile];
}

/**
 * Writes everything generated from the manifest: {@link namesFile}, and its settings and secrets in `.env.example` and
 * the tables in `docs/`. Existing entries stay unchanged, and missing files aren't created. Returns the paths of the files
 * that it changed.
 */
export async function writeGenerated(root: string): Promise<string[]> {
  const written = writeNames(root);
  const { manifest, read } = openProject(root);
  const found = manifest();
  if (found === undefined) return written;
  for (const [file, list] of Object.entries(lists)) {
    const text = read(file);
    if (text === undefined) continue;
    const listed = list(text, settingsOf(found));
    if (listed === text) continue;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    writeFileSync(join(root, file), await format(join(root, file), listed));
    written.push(file);
  }
  return written;
}

/** A page as Prettier writes it, in a project that uses it. */
async function format(path: string, text: string): Promise<string> {
  if (!path.endsWith('.md')) return text;
  // Loaded on demand, because loading is slow.
  const prettier = await import('prettier');
  const style = await prettier.resolveConfig(path);
  return style === null ? text : prettier.format(text, { ...style, filepath: path });
}

/**
 * {@link namesFile}, for the `manifest` of `extension()`: the names allowed in the table of handlers, and the secrets.
 */
export function describeNames({ hooks, actions, configuration }: Manifest): string {
  const names = {
    events: unique(hooks.map(({ name }) => name)).filter((name) => name !== guardEvent),
    actions: unique(actions.map(({ name }) => name)),
    secrets: Object.keys(configuration).filter((key) => configuration[key]?.secret === true),
  };
  const lines = Object.entries(names).map(([key, list]) => `  "${key}": ${JSON.stringify(list).replaceAll(',', ', ')}`);
  return `// Written by \`npm run lint -- --fix\` and \`npm run dev\`: what .kiket/manifest.yaml names.
// prettier-ignore
export const manifest = {
${lines.join(',\n')}
} as const;
`;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function addVariables(text: string, settings: readonly Setting[]): string {
  const known = new Set(variablesIn(text).map(({ name }) => name));
  const missing = settings.filter(({ name }) => !known.has(name));
  return text + missing.map(({ name, purpose, value }) => `# ${purpose} (${value || 'none'})\n${name}=\n`).join('');
}

function addRows(heading: string, nameOf: (setting: Setting) => string): List {
  const table = new RegExp(String.raw`^\| ${heading} .*\r?\n(?:\|.*\r?\n)+`, 'm');
  return (text, settings) =>
    text.replace(table, (rows) => {
      const missing = settings.filter((setting) => !rows.includes(`\n| ${nameOf(setting)} `));
      const cells = missing.map((setting) => [
        nameOf(setting),
        setting.purpose,
        setting.value === '' ? 'none' : `\`${setting.value}\``,
      ]);
      const added = cells.map((row) => `| ${row.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |\n`);
      return rows + added.join('');
    });
}
