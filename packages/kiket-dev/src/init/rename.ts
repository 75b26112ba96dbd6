import { templateNames, type Answers } from './answers.ts';

/** A file under the fork's names. They hold nothing that YAML, JSON or Markdown would need quotes for: see answers.ts. */
export function renameFile(path: string, text: string, answers: Answers): string {
  // The page that says where a fork comes from, and where its upgrades are.
  if (path === 'docs/upgrading.md') return text;
  // MIT wants the notice of those who wrote the code to be kept; the fork's holder stands below.
  const holder = `Copyright (c) ${new Date().getUTCFullYear()} ${answers.author}`;
  if (path === 'LICENSE') return text.replace(/^Copyright .*$/m, (notice) => `${notice}\n${holder}`);
  const quote = (written: string) => (/\.[jt]s$/.test(path) ? written.replaceAll("'", "\\'") : written);
  const names = new Map(
    Object.entries(templateNames).map(([key, name]) => [
      name as string,
      quote(answers[key as keyof typeof templateNames]),
    ]),
  );
  // All at once, the longest first, so that a new name which contains an old one isn't replaced again.
  const longestFirst = [...names.keys()].toSorted((one, other) => other.length - one.length);
  const alternatives = longestFirst.join('|').replaceAll('.', String.raw`\.`);
  return text
    .replaceAll(
      new RegExp(String.raw`(?<![\w-])(?:${alternatives})(?![\w-])`, 'g'),
      (found) => names.get(found) ?? found,
    )
    .replaceAll(/\bguardian\.(?=\w+_\w+\b)/g, `${commandNamespace(answers.id)}.`);
}

/** What stands in front of a command's id, so that two forks in one Kiket don't collide: `com.acme.release-gate` → `release_gate`. */
export function commandNamespace(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1).replaceAll('-', '_');
}
