import { askGit } from '../trackedFiles.ts';
import { examples, type Example } from './examples.ts';

/** The template's own names. */
export const templateNames = {
  id: 'com.example.webhook-guardian',
  repository: 'example/webhook-guardian',
  packageName: 'webhook-guardian',
  name: 'Webhook Guardian',
  author: 'Example Org',
} as const;

/** What `npm run init` needs to know. */
export interface Answers {
  /** The extension's id, in reverse-DNS form: `com.acme.release-gate`. */
  id: string;
  /** Its display name. */
  name: string;
  /** On GitHub, as `owner/name`. */
  repository: string;
  /** The name of the npm package and the container image: the repository's name in a form that both accept. */
  packageName: string;
  /** Who publishes it, and holds its license. */
  author: string;
  /** The examples to keep. */
  keep: readonly Example[];
}

/** The questions. */
export type Question = 'repository' | 'id' | 'name' | 'author' | 'keep';

/** Answers as given on the command line, typed or suggested. */
export type Given = Partial<Record<Question, string>>;

/** Names go into Markdown, YAML and code, so characters with a meaning in any of them are rejected. */
const plainName = /^(?! )[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\`"<>|[\]{}*_~$]{1,64}(?<! )$/u;

/** By the rules of Kiket's manifest page and of `kiket marketplace validate`. */
const idForm = /^(?=.{1,100}$)[a-z][a-z0-9]*(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)+$/;

/** The questions in order, and what to answer. */
export const questions: Readonly<Record<Question, { asks: string; wants: string; fits: (answer: string) => boolean }>> =
  {
    repository: {
      asks: 'Where is it on GitHub?',
      wants: 'owner/name, or its address there, such as acme/release-gate',
      fits: (answer) => readRepository(answer) !== undefined,
    },
    id: {
      asks: "What is the extension's id?",
      wants: 'a reverse-DNS id in lower case, such as com.acme.release-gate',
      fits: (answer) => idForm.test(answer),
    },
    name: {
      asks: 'What is its display name?',
      wants: 'a name of at most 64 characters without quotes and brackets, such as Release Gate',
      fits: (answer) => plainName.test(answer),
    },
    author: {
      asks: 'Who publishes it, and holds its license?',
      wants: 'a name of at most 64 characters without quotes and brackets, such as Acme Inc',
      fits: (answer) => plainName.test(answer),
    },
    keep: {
      asks: 'Which examples do you want to keep?',
      wants: `all, none, or some of ${Object.keys(examples).join(', ')}`,
      fits: (answer) => answer !== '' && listKept(answer).every((word) => Object.hasOwn(examples, word)),
    },
  };

/** What's wrong with an answer; `undefined` if it's valid. The template's own names aren't valid. */
export function findProblem(question: Question, answer: string): string | undefined {
  const { wants, fits } = questions[question];
  const isTemplates = Object.values<string>(templateNames).includes(answer);
  return fits(answer) && !isTemplates ? undefined : `Write ${wants}.`;
}

/** `owner/name` from that or from an address on GitHub; `undefined` for anything else. */
export function readRepository(text: string): string | undefined {
  const path = text
    .trim()
    .replace(/^(?:https?:\/\/(?:www\.)?github\.com\/|ssh:\/\/git@github\.com\/|git@github\.com:)/i, '');
  const [, owner = '', name = ''] =
    /^([a-z\d](?:-?[a-z\d]){0,38})\/(?=.*[a-z\d])([\w.-]{1,100}?)(?:\.git)?\/?$/i.exec(path) ?? [];
  return packageNameOf(name) === '' ? undefined : `${owner}/${name}`;
}

/** A repository's name in a form that npm and container registries accept. */
function packageNameOf(repository: string): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1).toLowerCase();
  return name.replaceAll(/[^a-z\d]+/g, '-').replaceAll(/^-+|-+$/g, '');
}

/** The examples that an answer such as `fields,approvals`, `all` or `none` names. */
export function listKept(answer: string): Example[] {
  const words = answer.split(/[\s,]+/).filter((word) => word !== '');
  if (words.join() === 'all') return Object.keys(examples) as Example[];
  return words.join() === 'none' ? [] : (words as Example[]);
}

/** The suggestion from git or earlier answers, if it's valid; otherwise ''. */
export function suggest(question: Question, { repository = '', id = '' }: Given, root: string): string {
  const [owner = ''] = repository.toLowerCase().split('/');
  const words = id.slice(id.lastIndexOf('.') + 1).split('-');
  const suggestions: Record<Question, () => string> = {
    repository: () => readRepository(askGit(root, ['remote', 'get-url', 'origin']) ?? '') ?? '',
    id: () => `com.${owner}.${packageNameOf(repository)}`,
    name: () => words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' '),
    author: () => (askGit(root, ['config', 'user.name']) ?? '').trim(),
    keep: () => 'all',
  };
  const suggestion = suggestions[question]();
  return findProblem(question, suggestion) === undefined ? suggestion : '';
}

/** Valid answers, or the problem of each invalid one. */
export function readAnswers(given: Given): Answers | string[] {
  const problems = (Object.keys(questions) as Question[]).flatMap((question) => {
    const problem = findProblem(question, given[question] ?? '');
    return problem === undefined ? [] : [`--${question}: ${problem}`];
  });
  if (problems.length > 0) return problems;
  const { id = '', name = '', author = '', keep = '' } = given;
  const repository = readRepository(given.repository ?? '') ?? '';
  return { id, name, repository, packageName: packageNameOf(repository), author, keep: listKept(keep) };
}
