import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { originOf } from '../fork.ts';
import type { Problem } from './problem.ts';
import { askGit, listFiles, readText } from './trackedFiles.ts';

/** What the template is called. `npm run init` renames it everywhere but in packages/. */
export const templateNames = {
  id: 'com.example.webhook-guardian',
  repository: 'example/webhook-guardian',
  packageName: 'webhook-guardian',
  name: 'Webhook Guardian',
  author: 'Example Org',
} as const;

/** The line of LICENSE that stays in a fork: MIT wants the notice of those who wrote the code to be kept. */
export const licenceNotice = `Copyright (c) 2026 the ${templateNames.packageName} authors`;

/** Where the template is at home: a clone of this is no fork. */
const templateHome = `https://github.com/${templateNames.repository}`;

/**
 * The template's names where they do not belong. Before `npm run init`, in a repository that is hosted elsewhere, the
 * manifest's id is one, unless git was told that this clone contributes to the template. A remote `upstream` does not tell
 * it, because `gh repo fork` adds that to every fork. After it, every name that is left, or that came back with a merge from
 * upstream, is one; `packages/` isn't the fork's.
 *
 * @param options `remote` is where the repository is hosted; by default `GITHUB_REPOSITORY`, or the remote `origin`
 */
export function leftoverNames(root: string, { remote = findRemote(root) }: { remote?: string } = {}): Problem[] {
  const origin = originOf(root);
  if (origin === 'other') return [];
  if (origin === 'template') {
    const place = hostedAs(remote);
    const isFork = place !== undefined && place !== templateNames.repository && !contributes(root);
    return isFork ? [notYours(root)] : [];
  }
  const own = ownNames(root);
  const pattern = namePattern(
    Object.values(templateNames).filter((name) => !own.some((each) => namePattern([name])?.test(each))),
  );
  if (pattern === undefined) return [];
  return listFiles(root)
    .filter((file) => !file.startsWith('packages/'))
    .flatMap((file) => leftoversIn(file, readText(join(root, file)), pattern));
}

/**
 * Finds any of the names as whole words, the longest first; `undefined` without a name. In `my-webhook-guardian2` there is
 * no `webhook-guardian`.
 */
export function namePattern(names: readonly string[]): RegExp | undefined {
  if (names.length === 0) return undefined;
  const longestFirst = names.toSorted((one, other) => other.length - one.length);
  const alternatives = longestFirst.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(String.raw`(?<![\w-])(?:${alternatives.join('|')})(?![\w-])`, 'g');
}

function leftoversIn(file: string, text: string, pattern: RegExp): Problem[] {
  const isKept = (content: string) => file === 'LICENSE' && content === licenceNotice;
  return text.split('\n').flatMap((content, index) =>
    [...(isKept(content) ? '' : content).matchAll(pattern)].map((match) => ({
      file,
      line: index + 1,
      column: match.index + 1,
      severity: 'error' as const,
      message: `"${match[0]}" is the name of the template.`,
      hint: 'Write your own name, or take what a merge from upstream brought out again.',
      rule: 'leftover-name',
    })),
  );
}

function notYours(root: string): Problem {
  const file = '.kiket/manifest.yaml';
  const lines = new LineCounter();
  const document = parseDocument(readText(join(root, file)), { lineCounter: lines });
  const id = document.getIn(['extension', 'id'], true) as { range?: [number, number, number] } | undefined;
  const { line, col } = lines.linePos(id?.range?.[0] ?? 0);
  return {
    file,
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    severity: 'error',
    message: `This repository is a fork, and its extension is still called ${templateNames.id}.`,
    hint: `Give it your own names with: npm run init. To contribute to the template instead: git config guardian.contributes true`,
    rule: 'leftover-name',
  };
}

/** What a repository is called where it is hosted; a clone by path, or without a remote, is at somebody's desk. */
function hostedAs(remote: string): string | undefined {
  const place = /^(?:https?:\/\/|ssh:\/\/|git:\/\/|[\w.-]+@)[^/:]+(?::\d+)?[/:](.+?)(?:\.git)?\/?$/;
  return place.exec(remote)?.[1]?.toLowerCase();
}

function findRemote(root: string): string {
  const { GITHUB_REPOSITORY: repository = '' } = process.env;
  if (repository !== '') return `https://github.com/${repository}`;
  return (askGit(root, ['remote', 'get-url', 'origin']) ?? '').trim();
}

/** Whether somebody said of this clone that what is done in it goes back into the template. */
function contributes(root: string): boolean {
  return askGit(root, ['config', '--local', '--type=bool', 'guardian.contributes'])?.trim() === 'true';
}

/** What the fork calls itself: a name of the template that is only part of it is its own. */
function ownNames(root: string): string[] {
  const manifest = parseDocument(readText(join(root, '.kiket', 'manifest.yaml')));
  const names = ['id', 'name', 'author', 'homepage'].map((key) => manifest.getIn(['extension', key]));
  const unchanged: readonly unknown[] = [...Object.values(templateNames), templateHome];
  return names.filter((name) => typeof name === 'string').filter((name) => !unchanged.includes(name));
}
