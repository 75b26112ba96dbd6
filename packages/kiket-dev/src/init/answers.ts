import { templateNames } from '../lint/leftoverNames.ts';
import { askGit } from '../lint/trackedFiles.ts';
import { examples, type Example } from './examples.ts';

/** What `npm run init` has to know. */
export interface Answers {
  /** Of the extension, in reverse-DNS form: `com.acme.release-gate`. */
  id: string;
  /** What people call it. */
  name: string;
  /** On GitHub, as `owner/name`. */
  repository: string;
  /** Of the npm package and the container image: the repository's name as both take it. */
  packageName: string;
  /** Who publishes it, and holds its licence. */
  author: string;
  /** The examples that stay. */
  keep: readonly Example[];
}

/** What is wrong with an answer, for the person who gave it; `undefined` if nothing is. */
type Check = (answer: string) => string | undefined;

/**
 * The rules of Kiket's manifest page and of `kiket marketplace validate` for an id. Names go into Markdown, YAML and code,
 * so the signs that mean something in all three are refused.
 */
export const checks: Readonly<Record<'id' | 'name' | 'repository' | 'author' | 'keep', Check>> = {
  id: (answer) => {
    if (answer === '')
      return 'Every extension has an id: your domain backwards, and its name. For example com.acme.release-gate.';
    if (answer !== answer.toLowerCase()) return `Write the id in lower case: ${answer.toLowerCase()}`;
    if (!answer.includes('.')) return `Put your domain in front, backwards: com.acme.${answer}`;
    if (answer.length > 100) return 'Take a shorter id, of at most 100 characters.';
    if (!/^[a-z][a-z0-9]*(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)+$/.test(answer)) {
      return 'An id is words of letters, digits and hyphens with dots between them, and begins with a letter: com.acme.release-gate';
    }
    return answer === templateNames.id
      ? "That is the template's id. Write your own, such as com.acme.release-gate."
      : undefined;
  },
  name: (answer) => checkName(answer, { what: 'name', templates: templateNames.name, such: 'Release Gate' }),
  author: (answer) => checkName(answer, { what: 'author', templates: templateNames.author, such: 'Acme Inc' }),
  repository: (answer) => {
    const repository = readRepository(answer);
    if (repository === undefined)
      return 'Write the repository as owner/name, or its address on GitHub: acme/release-gate';
    return repository === templateNames.repository
      ? "That is the template's repository. Write where yours is."
      : undefined;
  },
  keep: (answer) => {
    const unknown = listKept(answer).filter((word) => !Object.hasOwn(examples, word));
    if (unknown.length === 0 && answer.trim() !== '') return undefined;
    const names = Object.keys(examples).join(', ');
    if (unknown.some((word) => ['all', 'none'].includes(word))) return `Write all or none alone, or some of: ${names}`;
    return `There is no example ${unknown.join(', ') || 'without a name'}. There are: ${names}; or all, or none.`;
  },
};

function checkName(
  answer: string,
  { what, templates, such }: Record<'what' | 'templates' | 'such', string>,
): string | undefined {
  if (answer.trim() === '') return `Write the ${what}, such as ${such}.`;
  if (answer.trim() !== answer) return `Leave out the spaces around the ${what}.`;
  if (answer.length > 64) return `Take a shorter ${what}, of at most 64 characters.`;
  const refused = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\`"<>|[\]{}*_~$]/u.exec(answer)?.[0];
  if (refused !== undefined)
    return `Leave out ${JSON.stringify(refused)}: the ${what} goes into Markdown, YAML and code.`;
  return answer === templates ? `That is the template's ${what}. Write your own, such as ${such}.` : undefined;
}

/** `owner/name` out of that or of an address on GitHub; `undefined` for anything else. */
export function readRepository(text: string): string | undefined {
  const path = text
    .trim()
    .replace(/^(?:https?:\/\/(?:www\.)?github\.com\/|ssh:\/\/git@github\.com\/|git@github\.com:)/i, '');
  const match = /^([a-z\d](?:-?[a-z\d]){0,38})\/([\w.-]{1,100}?)(?:\.git)?\/?$/i.exec(path);
  const [, owner = '', name = ''] = match ?? [];
  return match === null || /^\.+$/.test(name) || packageNameOf(name) === '' ? undefined : `${owner}/${name}`;
}

/** A repository's name as npm and container registries take it. */
export function packageNameOf(repository: string): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1).toLowerCase();
  return name.replaceAll(/[^a-z\d]+/g, '-').replaceAll(/^-+|-+$/g, '');
}

/** The examples that an answer such as `fields,approvals`, `all` or `none` names. */
export function listKept(answer: string): Example[] {
  const words = answer.split(/[\s,]+/).filter((word) => word !== '');
  if (words.join() === 'all') return Object.keys(examples) as Example[];
  return words.join() === 'none' ? [] : (words as Example[]);
}

/** What the folder already says about the answers. */
export function suggestAnswers(root: string): { repository: string; author: string } {
  const origin = readRepository(askGit(root, ['remote', 'get-url', 'origin']) ?? '') ?? '';
  const author = (askGit(root, ['config', 'user.name']) ?? '').trim();
  return {
    repository: checks.repository(origin) === undefined ? origin : '',
    author: checks.author(author) === undefined ? author : '',
  };
}

/** `com.acme.release-gate` → `Release Gate`. */
export function suggestName(id: string): string {
  const words = id
    .slice(id.lastIndexOf('.') + 1)
    .split('-')
    .filter((word) => word !== '');
  return words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join(' ');
}

/** `acme/release-gate` → `com.acme.release-gate`; '' without a repository. */
export function suggestId(repository: string): string {
  const id = `com.${repository.split('/')[0]?.toLowerCase()}.${packageNameOf(repository)}`;
  return repository !== '' && checks.id(id) === undefined ? id : '';
}

/** Answers as they are written on the command line, or suggested. */
export type Given = Partial<Record<'id' | 'name' | 'repository' | 'author' | 'keep', string>>;

/** Answers that can be worked with, or what is wrong with them, answer by answer. */
export function readAnswers({
  id = '',
  name = '',
  repository = '',
  author = '',
  keep = 'all',
}: Given): Answers | string[] {
  const given = { id, name, repository, author, keep };
  const problems = Object.entries(given).flatMap(([key, answer]) => {
    const problem = checks[key as keyof typeof given](answer);
    return problem === undefined ? [] : [`--${key}: ${problem}`];
  });
  if (problems.length > 0) return problems;
  const place = readRepository(repository) ?? '';
  return { id, name, repository: place, packageName: packageNameOf(place), author, keep: listKept(keep) };
}
