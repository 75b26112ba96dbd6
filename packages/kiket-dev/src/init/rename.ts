import { stringify } from 'yaml';
import { templateNames, type Answers } from './answers.ts';

/** A file under the fork's names. They hold nothing that JSON or Markdown would need quotes for: see answers.ts. */
export function renameFile(path: string, text: string, answers: Answers): string {
  // The page about a fork's origin and its upgrades.
  if (path === 'docs/upgrading.md') return text;
  // MIT requires the authors' notice; the fork's holder is added below.
  const holder = `Copyright (c) ${new Date().getUTCFullYear()} ${answers.author}`;
  if (path === 'LICENSE') return text.replace(/^Copyright .*$/m, (notice) => `${notice}\n${holder}`);
  const quote = quotesOf(path);
  const names = new Map(
    Object.entries(templateNames).map(([key, name]) => [
      name as string,
      quote(answers[key as keyof typeof templateNames]),
    ]),
  );
  // All at once, longest first, so that a new name that contains an old one isn't replaced again.
  const longestFirst = [...names.keys()].toSorted((one, other) => other.length - one.length);
  const alternatives = longestFirst.join('|').replaceAll('.', String.raw`\.`);
  return text
    .replaceAll(new RegExp(String.raw`(?<![\w-])(?:${alternatives})(?!\w)`, 'g'), (found) => names.get(found) ?? found)
    .replaceAll(/\bguardian\.(?=\w+_\w+\b)/g, `${commandNamespace(answers.id)}.`);
}

/** How a name stands in a file: in code within single quotes, in YAML as a value of its own. */
function quotesOf(path: string): (name: string) => string {
  if (/\.[jt]s$/.test(path)) return (name) => name.replaceAll("'", "\\'");
  return /\.ya?ml$/.test(path) ? (name) => stringify(name, { lineWidth: 0 }).trimEnd() : (name) => name;
}

/** What stands in front of a command's id, so that two forks in one Kiket don't collide: `com.acme.release-gate` → `release_gate`. */
export function commandNamespace(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1).replaceAll('-', '_');
}
