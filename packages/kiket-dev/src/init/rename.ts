import { licenceNotice, templateNames } from '../lint/leftoverNames.ts';
import type { Answers } from './answers.ts';

/** A file under the fork's names. They hold nothing that YAML, JSON or Markdown would need quotes for: see answers.ts. */
export function renameFile(path: string, text: string, answers: Answers): string {
  const { id, name, repository, packageName, author } = answers;
  if (path === 'LICENSE') return addHolder(text, author);
  const quote = (written: string) => (/\.[jt]s$/.test(path) ? written.replaceAll("'", "\\'") : written);
  const names = new Map<string, string>([
    [templateNames.id, id],
    [templateNames.repository, repository],
    [templateNames.packageName, packageName],
    [templateNames.name, quote(name)],
    [templateNames.author, quote(author)],
  ]);
  // All at once, the longest first, so that a new name which contains an old one is not replaced again.
  const longestFirst = [...names.keys()].toSorted((one, other) => other.length - one.length);
  const pattern = new RegExp(
    String.raw`(?<![\w-])(?:${longestFirst.join('|').replaceAll('.', String.raw`\.`)})(?![\w-])`,
    'g',
  );
  return text
    .replaceAll(pattern, (found) => names.get(found) ?? found)
    .replaceAll(/\bguardian\.(?=\w+_\w+\b)/g, `${commandNamespace(id)}.`)
    .replaceAll(
      new RegExp(String.raw`@${templateNames.repository.split('/')[0]}/\w+`, 'g'),
      `@${repository.split('/')[0]}`,
    );
}

/** What stands in front of a command's id, so that two forks in one Kiket don't collide: `com.acme.release-gate` → `release_gate`. */
export function commandNamespace(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1).replaceAll('-', '_');
}

/** The fork's holder stands below the template's, who stays. */
function addHolder(text: string, author: string): string {
  return text.replace(licenceNotice, (notice) => `${notice}\nCopyright (c) ${new Date().getUTCFullYear()} ${author}`);
}
