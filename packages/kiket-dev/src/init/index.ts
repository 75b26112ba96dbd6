import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
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
import { makeFolder } from 'kiket-express/manifest';
import { commandWithHelp, UsageError, type Io, type Main } from '../commandLine.ts';
import { askGit, listFiles, readText } from '../trackedFiles.ts';
import { packageNames, stagePackage } from '../release/stage.ts';
import { recordChecksums } from '../upgrade/checksums.ts';
import { npm, type RunNpm } from '../upgrade/npm.ts';
import { questions, readAnswers, suggest, type Answers, type Given, type Question } from './answers.ts';
import { askForAnswers } from './ask.ts';
import { makeFork, type Files } from './fork.ts';

const help = `Makes a fork of the template yours: renames the extension everywhere, keeps the examples you want, replaces the sources of
the library and the tool by their built packages, and puts a webhook secret into .env.

  npm run init                                   asks
  npm run init -- --id com.acme.gate --name "Release Gate" --repository acme/gate --author "Acme Inc" --yes

  --id ID             the extension's id in reverse-DNS form (default: from the repository)
  --name NAME         its display name (default: from the id)
  --repository PLACE  owner/name on GitHub, or its address there (default: the remote origin)
  --author NAME       who publishes it and holds its license (default: git's user.name)
  --keep LIST         examples to keep: fields, freeze, checks, approvals, override, decisions; or all, or none (default: all)
  --keep-packages     leaves the sources of the library and the tool in packages/
  --yes               asks nothing
  --force             continues with uncommitted changes, or without git
  --help              prints this

Exit code: 0 if the fork is yours, 1 if not, 2 if the command or an answer is wrong.
`;

/** `kiket-dev init`. Nothing is written until everything is computed and confirmed. */
export const main = initWith(npm);

/** `kiket-dev init`, with another npm. */
export function initWith(runNpm: RunNpm): Main {
  return commandWithHelp(help, (argv, io) => init(argv, io, runNpm));
}

async function init(argv: readonly string[], io: Io, runNpm: RunNpm): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      author: { type: 'string' },
      force: { type: 'boolean', default: false },
      id: { type: 'string' },
      keep: { type: 'string' },
      'keep-packages': { type: 'boolean', default: false },
      name: { type: 'string' },
      repository: { type: 'string' },
      yes: { type: 'boolean', default: false },
    },
  });
  const { force, yes, 'keep-packages': keepsPackages, ...given } = values;
  if (!force) requireCommitted(io.cwd);
  const answers = await findAnswers(given, io.cwd, yes);
  if (answers === undefined) return 1;
  io.stdout.write('Building the packages and making the fork …\n');
  // It would also delete what isn't committed.
  const goBack = force ? '' : '\nTo go back: git reset --hard && git clean -fd';
  await detach(io.cwd, answers, { keepsPackages, goBack, runNpm });
  io.stdout.write(describeNext(answers, goBack));
  return 0;
}

/** Init rewrites and deletes files, so git must be able to restore them. */
function requireCommitted(root: string): void {
  // A repository around this folder may not track it.
  const isTracked = (askGit(root, ['ls-files', 'package.json']) ?? '') !== '';
  const status = isTracked ? askGit(root, ['status', '--short', '--untracked-files=normal']) : undefined;
  if (status === '') return;
  if (status !== undefined)
    throw new Error(`There are uncommitted changes:\n${status}Commit them first, or continue with --force.`);
  throw new Error(
    "Git can't tell what is committed here, so it couldn't restore anything. Check that git is installed and that this is your repository. To continue anyway: --force",
  );
}

/** From the command line, questions, or the folder; `undefined` if the person stops. */
async function findAnswers(given: Given, root: string, isSilent: boolean): Promise<Answers | undefined> {
  const { stdin: input, stdout: output } = process;
  const isTerminal = input.isTTY && output.isTTY;
  const found =
    isSilent || !isTerminal ? suggestRest(given, root) : await askForAnswers(given, root, { input, output });
  if (found === undefined) return undefined;
  const answers = readAnswers(found);
  if (Array.isArray(answers)) throw new UsageError([...answers, 'See npm run init -- --help.'].join('\n'));
  if (isSilent || isTerminal) return answers;
  throw new UsageError("This isn't a terminal, so no questions can be asked. Add --yes to continue without them.");
}

function suggestRest(given: Given, root: string): Given {
  const answers = { ...given };
  for (const question of Object.keys(questions) as Question[]) answers[question] ??= suggest(question, answers, root);
  return answers;
}

/** Computes the fork, writes it over the template, and lets npm format it and update the lock file. */
async function detach(
  root: string,
  answers: Answers,
  { keepsPackages, goBack, runNpm }: { keepsPackages: boolean; goBack: string; runNpm: RunNpm },
): Promise<void> {
  const template: Files = new Map(listFiles(root).map((path) => [path, readText(join(root, path))]));
  const { version } = JSON.parse(template.get('package.json') ?? '{}') as { version: string };
  const staging = mkdtempSync(join(tmpdir(), 'init-'));
  let isWriting = false;
  try {
    for (const name of keepsPackages ? [] : packageNames) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await stagePackage(join(root, 'packages', name), join(staging, name), 'folder');
    }
    const instead = new Map(
      ['README.md', 'docs/CHANGELOG.md', ...(keepsPackages ? [] : ['vitest.config.ts'])].map(ownFile),
    );
    const fork = makeFork(template, answers, { version, instead, keepsPackages });
    // Tests of the tool on the template no longer apply.
    const stays = (path: string) => fork.has(path) || (keepsPackages && /^packages\/(?!kiket-dev\/test\/)/.test(path));
    const rewritten = [...fork].filter(([path, text]) => text !== template.get(path));
    requireNoLink(root, [...rewritten.map(([path]) => path), ...(keepsPackages ? [] : ['packages'])]);
    isWriting = true;
    for (const path of template.keys()) if (!stays(path)) remove(root, path);
    for (const [path, text] of rewritten) write(root, path, text);
    cpSync(staging, join(root, 'packages'), { recursive: true });
    if (!keepsPackages) recordChecksums(root, packageNames);
    writeEnv(root);
    // Dropping entries can leave a list on two lines that fits on one.
    runNpm(['run', 'format'], root);
    runNpm(['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], root);
  } catch (error) {
    if (!isWriting) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Init stopped halfway: ${reason}${goBack}`, { cause: error });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** What a fork has instead of the template's. */
function ownFile(path: string): readonly [string, string] {
  return [path, readFileSync(new URL(`../../fork/${path}`, import.meta.url), 'utf8')];
}

/** What is written through a link would land somewhere else. Throws an `Error` that names one. */
function requireNoLink(root: string, paths: readonly string[]): void {
  const parts = paths.flatMap((path) => path.split('/').map((_part, index, all) => all.slice(0, index + 1).join('/')));
  const isLink = (path: string) => lstatSync(join(root, path), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  const link = [...new Set(parts)].find(isLink);
  if (link !== undefined) throw new Error(`${link} is a link, so its files are elsewhere. Put them here instead.`);
}

/** Removes a file, and the folders that are empty then. */
function remove(root: string, path: string): void {
  rmSync(join(root, path), { force: true });
  for (let folder = dirname(join(root, path)); existsSync(folder); folder = dirname(folder)) {
    if (readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }
}

function write(root: string, path: string, text: string): void {
  makeFolder(dirname(join(root, path)));
  writeFileSync(join(root, path), text);
}

/** Creates a private `.env` with a secret, unless it exists. */
function writeEnv(root: string): void {
  const file = join(root, '.env');
  // A link counts, whether or not it leads to anything.
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) return;
  const example = readText(join(root, '.env.example'));
  const text = example.replace(/^KIKET_WEBHOOK_SECRET=$/m, `KIKET_WEBHOOK_SECRET=${randomBytes(32).toString('hex')}`);
  writeFileSync(file, text, { mode: 0o600 });
}

function describeNext({ name }: Answers, goBack: string): string {
  return `
${name} is yours. A new .env has a random webhook secret. To connect Kiket, replace it with Kiket's.${goBack}

Next:
  npm install                                       install what the fork needs
  npm run lint && npm test && npm run replay        check that everything is green
  git add --all && git commit -m "Start ${name}"
`;
}
