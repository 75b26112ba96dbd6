import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError, type Io } from '../commandLine.ts';
import { askGit, listFiles, readText } from '../lint/trackedFiles.ts';
import { packageNames, stagePackage } from '../release/stage.ts';
import { recordChecksums } from '../upgrade/checksums.ts';
import { npm, type RunNpm } from '../upgrade/npm.ts';
import { readAnswers, suggestAnswers, suggestId, suggestName, type Answers, type Given } from './answers.ts';
import { askForAnswers } from './ask.ts';
import { makeFork, type Files } from './fork.ts';

const help = `Makes a fork of the template yours: renames the extension everywhere, keeps the examples you want, replaces the sources of
the library and the tool by their built packages, and puts a webhook secret into .env.

  npm run init                                   asks
  npm run init -- --id com.acme.gate --name "Release Gate" --repository acme/release-gate --author "Acme Inc" --yes

  --id ID             the extension's id: your domain backwards, and a name
  --name NAME         what people call it (default: from the id)
  --repository PLACE  owner/name on GitHub, or its address there (default: the remote origin)
  --author NAME       who publishes it and holds its license (default: git's user.name)
  --keep LIST         examples to keep: fields, freeze, checks, approvals, decisions; or all, or none (default: all)
  --keep-packages     leaves the sources of the library and the tool in packages/
  --yes               asks nothing
  --force             goes on with uncommitted changes, or without git
  --help              prints this

Exit code: 0 if the fork is yours now, 1 if nothing was changed, 2 if the command or an answer is wrong.
`;

/** Answers that are right, so that those which were given can be looked at before anything is asked. */
const placeholders: Given = { id: 'com.acme.gate', name: 'Gate', repository: 'acme/gate', author: 'Acme' };

/** `kiket-dev init`. Nothing is written before everything is worked out and agreed to. */
export async function main(argv: readonly string[], io: Io, runNpm: RunNpm = npm): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      author: { type: 'string' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      id: { type: 'string' },
      keep: { type: 'string' },
      'keep-packages': { type: 'boolean', default: false },
      name: { type: 'string' },
      repository: { type: 'string' },
      yes: { type: 'boolean', default: false },
    },
  });
  const { help: isHelp, force, yes, 'keep-packages': keepsPackages, ...given } = values;
  if (isHelp) {
    io.stdout.write(help);
    return 0;
  }
  const root = io.cwd;
  if (!force) requireCommitted(root);
  const answers = await findAnswers(given, { root, isSilent: yes });
  if (answers === undefined) return 1;
  await detach(root, answers, { keepsPackages, runNpm });
  io.stdout.write(describeNext(answers));
  return 0;
}

/** Init rewrites and deletes files, so git has to be able to bring them back. */
function requireCommitted(root: string): void {
  // A repository around this folder may track nothing of it.
  const isTracked = (askGit(root, ['ls-files', 'package.json']) ?? '') !== '';
  const status = isTracked ? askGit(root, ['status', '--porcelain', '--untracked-files=normal']) : undefined;
  if (status === undefined) {
    throw new Error(
      "Git doesn't say what is committed here, so it couldn't bring anything back. Is git installed, and is this a repository of yours? To go on anyway: --force",
    );
  }
  if (status === '') return;
  const files = status.trimEnd().split('\n');
  throw new Error(
    [
      'There are uncommitted changes:',
      ...files.slice(0, 10).map((line) => `  ${line.slice(3)}`),
      ...(files.length > 10 ? [`  and ${files.length - 10} more`] : []),
      'Commit them first, or go on with --force.',
    ].join('\n'),
  );
}

/** From the command line, from questions, or from what the folder says; `undefined` if the person stops. */
async function findAnswers(
  given: Given,
  { root, isSilent }: { root: string; isSilent: boolean },
): Promise<Answers | undefined> {
  const suggested = suggestAnswers(root);
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (isSilent || !isTerminal) return requireAnswers(suggestRest({ ...suggested, ...given }), isSilent);
  const wrong = readAnswers({ ...placeholders, ...given });
  if (Array.isArray(wrong)) throw new UsageError(wrong.join('\n'));
  const found = await askForAnswers(given, suggested, { input: process.stdin, output: process.stdout });
  return found === undefined ? undefined : requireAnswers(found, true);
}

function suggestRest(given: Given): Given {
  const { repository = '', id = suggestId(repository) } = given;
  return { ...given, id, name: given.name ?? suggestName(id) };
}

function requireAnswers(given: Given, isAgreed: boolean): Answers {
  const answers = readAnswers(given);
  if (Array.isArray(answers)) throw new UsageError([...answers, 'See npm run init -- --help.'].join('\n'));
  if (isAgreed) return answers;
  throw new UsageError("This isn't a terminal, so no questions can be asked. Add --yes to go on without them.");
}

/** Writes the fork over the template. */
async function detach(
  root: string,
  answers: Answers,
  { keepsPackages, runNpm }: { keepsPackages: boolean; runNpm: RunNpm },
): Promise<void> {
  const tracked = listFiles(root);
  const template: Files = new Map(
    tracked.map((path) => [path, readText(join(root, path))] as const).filter(([, text]) => text !== ''),
  );
  const { version } = JSON.parse(template.get('package.json') ?? '{}') as { version: string };
  const readme = readFileSync(new URL('README.fork.md', import.meta.url), 'utf8');
  const fork = makeFork(template, answers, { version, readme, now: new Date() });
  const staging = mkdtempSync(join(tmpdir(), 'init-'));
  try {
    if (!keepsPackages) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      for (const name of packageNames) await stagePackage(join(root, 'packages', name), join(staging, name), 'folder');
    }
    const isGone = (path: string) => !fork.has(path) && !(keepsPackages && path.startsWith('packages/'));
    for (const path of tracked.filter(isGone)) remove(root, path);
    for (const [path, text] of fork) write(root, path, await format(root, path, text));
    if (!keepsPackages) {
      for (const name of packageNames) cpSync(join(staging, name), join(root, 'packages', name), { recursive: true });
      recordChecksums(root, packageNames);
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  writeEnv(root);
  runNpm(['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], root);
}

function remove(root: string, path: string): void {
  rmSync(join(root, path), { force: true });
  let folder = dirname(join(root, path));
  while (existsSync(folder) && readdirSync(folder).length === 0) {
    rmdirSync(folder);
    folder = dirname(folder);
  }
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** In the form that lint wants: what was dropped may have left a list on two lines that fits on one. */
async function format(root: string, path: string, text: string): Promise<string> {
  const prettier = await import('prettier');
  const file = join(root, path);
  const { ignored, inferredParser } = await prettier.getFileInfo(file, { ignorePath: join(root, '.prettierignore') });
  if (ignored || inferredParser === null) return text;
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
}

/** Makes `.env` with a secret in it, for its owner alone, unless there is one. */
function writeEnv(root: string): void {
  const file = join(root, '.env');
  if (existsSync(file)) return;
  const example = readText(join(root, '.env.example'));
  const text = example.replace(/^KIKET_WEBHOOK_SECRET=$/m, `KIKET_WEBHOOK_SECRET=${randomBytes(32).toString('hex')}`);
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  chmodSync(file, 0o600);
}

function describeNext({ name }: Answers): string {
  return `
${name} is yours. A webhook secret is in .env. To go back: git reset --hard && git clean -fd

Next:
  npm install                                       install what the fork needs
  npm run lint && npm test && npm run replay        check that everything is green
  git add --all && git commit -m "Start ${name.replaceAll('"', '')}"
`;
}
