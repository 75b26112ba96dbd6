// npm run init: makes a fork of the template an extension of its own, once.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runScript, UsageError } from '../commandLine.ts';
import { readAnswers, suggestAnswers, suggestId, suggestName, type Answers, type Given } from './answers.ts';
import { askForAnswers } from './ask.ts';
import { beginChangelog } from './changelog.ts';
import { dropExamples } from './dropExamples.ts';
import { Project, withoutIgnored, writeChanges, writeEnv } from './project.ts';
import { removeInit } from './removeItself.ts';
import { renameFile } from './rename.ts';
import { namesKeptIn } from '../lint/leftoverNames.ts';
import { askGit } from '../lint/trackedFiles.ts';

const help = `Makes the template yours: renames the extension everywhere, keeps the examples that you want, puts a webhook
secret into .env, and removes itself. Lint, tests and replay are green before and after.

  npm run init                                   asks
  npm run init -- --id com.acme.gate --name "Release Gate" --repository acme/release-gate --author "Acme Inc" --yes

  --id ID             the extension's id: your domain backwards, and a name
  --name NAME         what people call it (from the id)
  --repository PLACE  owner/name on GitHub, or its address there (the remote origin)
  --author NAME       who publishes it and holds its licence (git's user.name)
  --keep LIST         examples that stay: fields, freeze, checks, approvals; or all, or none (all)
  --yes               asks nothing
  --force             goes on although something is not committed, or git can't tell
  --help              prints this

Exit code: 0 if the template is yours now, 1 if not, 2 if the command or an answer is wrong.
`;

const root = fileURLToPath(new URL('../../../..', import.meta.url));

const next = [
  'What to do next:',
  '  npm ci && npm run lint && npm test && npm run replay    see that all is green',
  "  npm run picture                                         have your name and guards in the README's picture",
  '  git add --all && git commit -m "Make the template ours"  begin your own history',
  '  src/extension/ is yours now                             write a guard: see the README',
];

/** Answers that are right, so that those which were given can be looked at before anything is asked. */
const placeholders: Given = { id: 'com.acme.gate', name: 'Gate', repository: 'acme/gate', author: 'Acme' };

const withoutGit = [
  "Git doesn't say what is committed here, so nothing that init changes could be taken back. Either git isn't installed,",
  "or this folder isn't in a repository, or git doesn't trust the folder's owner: git status says which.",
  'Commit everything first (git init && git add --all && git commit -m "The template"), or go on with --force.',
].join('\n');

await runScript(main);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      author: { type: 'string' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      id: { type: 'string' },
      keep: { type: 'string' },
      name: { type: 'string' },
      repository: { type: 'string' },
      yes: { type: 'boolean', default: false },
    },
  });
  const { help: isHelp, force, yes, ...given } = values;
  if (isHelp) {
    process.stdout.write(help);
    return 0;
  }
  // A repository around this folder may track nothing of it.
  const isTracked = (askGit(root, ['ls-files', 'package.json']) ?? '') !== '';
  const uncommitted = isTracked ? askGit(root, ['status', '--porcelain', '--untracked-files=normal']) : undefined;
  if (uncommitted === undefined && !force) throw new Error(withoutGit);
  if (uncommitted && !force) throw new Error(describeUncommitted(uncommitted));
  const answers = await findAnswers(given, yes);
  if (answers === undefined) return 1;
  const project = new Project(root);
  dropExamples(project, answers.keep);
  removeInit(project);
  beginChangelog(project);
  rename(project, answers);
  const changes = await project.changes();
  apply(isTracked ? changes : await withoutIgnored(root, changes), uncommitted === '');
  const hasPicture = project.read('README.md').includes('<picture>');
  process.stdout.write(`\n${next.filter((line) => hasPicture || !line.includes('picture')).join('\n')}\n`);
  return 0;
}

/** From the command line, from questions, or from what the folder says; `undefined` if the person stops. */
async function findAnswers(given: Given, isSilent: boolean): Promise<Answers | undefined> {
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
  throw new UsageError('Nobody can be asked here, because this is no terminal. Say --yes to go on without questions.');
}

function rename(project: Project, answers: Answers): void {
  for (const path of project.paths.filter((each) => !namesKeptIn.has(each))) {
    project.change(path, (text) => renameFile(path, text, answers));
  }
}

/** Everything has been worked out, and is written now. */
function apply(changes: ReadonlyMap<string, string | undefined>, isClean: boolean): void {
  try {
    writeChanges(root, changes);
    const isNew = writeEnv(root, randomBytes(32).toString('hex'));
    const secret = isNew ? 'A new webhook secret is in .env.' : '.env was there already and is as it was.';
    const undo = isClean ? ' To go back: git reset --hard && git clean -fd' : '';
    process.stdout.write(`\n${changes.size} files have changed. ${secret}${undo}\n`);
  } catch (error) {
    const back = isClean ? 'git reset --hard && git clean -fd' : 'take a fresh copy of the template';
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The renaming stopped half-way: ${why}\nMend that, then go back and begin again: ${back}`, {
      cause: error,
    });
  }
}

function describeUncommitted(status: string): string {
  const files = status.trimEnd().split('\n');
  return [
    'Something here is not committed, so it could not be told from what init changes:',
    ...files.slice(0, 10).map((line) => `  ${line.slice(3)}`),
    ...(files.length > 10 ? [`  and ${files.length - 10} more`] : []),
    'Commit or stash it first, or go on with --force.',
  ].join('\n');
}
