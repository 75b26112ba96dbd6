import { posix } from 'node:path';
import type { Project } from './project.ts';

const link = /\[([^\]]+)\]\(([^)]*test\/[^)]+_test\.ts)\)/g;

/** Tests in brackets behind a statement, perhaps on the next line: ` ([title](file), [title](file))`. */
const aside = new RegExp(String.raw`\s+\(${link.source}(?:,\s+${link.source})*\)`, 'g');

/** Lines of a test file on which a title can be: with a table of cases it comes behind it, or on a line of its own. */
const titleLine = /^\s*(?:(?:test|describe)[.(]|\]\)\(|\[?['"`])/;

/** Whether a test that a page links to is still there. `file` is from the page, as the link has it. */
export function isTestThere(
  project: Project,
  { path, label, file }: Record<'path' | 'label' | 'file', string>,
): boolean {
  const text = project.read(posix.join(posix.dirname(path), file));
  return text.split('\n').some((line) => titleLine.test(line) && line.includes(label));
}

/**
 * Takes out links to tests that are gone. A line that ends in such links alone, as a row of a table does, is a promise that
 * no test shows any more, and goes with them; what has them in brackets stays.
 */
export function dropTestLinks(text: string, isThere: (label: string, file: string) => boolean): string {
  const isGone = ([, label = '', file = '']: RegExpMatchArray) => !isThere(label, file);
  return text
    .replaceAll(aside, (whole) => dropLinks(whole, [...whole.matchAll(link)], isGone))
    .split('\n')
    .flatMap((line) => {
      const links = [...line.matchAll(link)];
      if (links.length > 0 && links.every(isGone)) return [];
      return [dropLinks(line, links, isGone)];
    })
    .join('\n');
}

/** '' if all of them are gone, else the rest. */
function dropLinks(
  text: string,
  links: readonly RegExpMatchArray[],
  isGone: (found: RegExpMatchArray) => boolean,
): string {
  const gone = links.filter(isGone);
  if (gone.length === 0) return text;
  if (gone.length === links.length) return '';
  return gone.reduce((left, [whole]) => {
    const [before = '', after = ''] = left.split(whole);
    const isFollowed = /^,\s/.test(after);
    return isFollowed ? before + after.replace(/^,\s+/, '') : before.replace(/,\s+$/, '') + after;
  }, text);
}
