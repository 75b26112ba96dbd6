import type { Project } from './project.ts';
import { envExample, settingsOf, variablesIn, type Setting } from './rules/environment.ts';

/** Returns a file's text with every setting listed. */
type List = (text: string, settings: readonly Setting[]) => string;

/** The files that list settings: the table of one page is about variables, that of the other about what people see in Kiket. */
const lists: Readonly<Record<string, List>> = {
  [envExample]: addVariables,
  'docs/settings.md': addRows('Variable', ({ name }) => `\`${name}\``),
  'docs/README.md': addRows('Setting', ({ label }) => label),
};

/**
 * Lists the manifest's settings and secrets where people look for them: in `.env.example` and the tables in `docs/`.
 * Existing entries stay unchanged, and missing files aren't created.
 *
 * @returns the new text of each file that changes, by its path
 */
export function listSettings({ manifest, read }: Pick<Project, 'manifest' | 'read'>): Map<string, string> {
  const found = manifest();
  const settings = found === undefined ? [] : settingsOf(found);
  const changed = Object.entries(lists).flatMap(([file, list]) => {
    const text = read(file);
    const listed = text === undefined ? undefined : list(text, settings);
    return listed === undefined || listed === text ? [] : [[file, listed] as const];
  });
  return new Map(changed);
}

function addVariables(text: string, settings: readonly Setting[]): string {
  const known = new Set(variablesIn(text).map(({ name }) => name));
  const missing = settings.filter(({ name }) => !known.has(name));
  return text + missing.map(({ name, purpose, value }) => `# ${purpose} (${value || 'none'})\n${name}=\n`).join('');
}

function addRows(heading: string, nameOf: (setting: Setting) => string): List {
  const table = new RegExp(String.raw`^\| ${heading} .*\n(?:\|.*\n)+`, 'm');
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
