import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Problem } from './problem.ts';

/** Another program that checks a part of a repository. */
interface Tool {
  title: string;
  command: string;
  args: readonly string[];
  /** Fixes what it can. */
  fixArgs?: readonly string[];
  /** If one of these files exists, the repository uses it. */
  settings: readonly string[];
}

/** The programs' caches. */
const cache = 'node_modules/.cache/lint';

/** The programs, in the order of their results. Nothing is checked twice. */
export const tools = {
  types: {
    title: 'TypeScript compiles (tsc)',
    command: 'tsc',
    args: ['--noEmit', '--incremental', '--tsBuildInfoFile', `${cache}/tsbuildinfo`],
    settings: ['tsconfig.json'],
  },
  code: {
    title: 'code problems, such as unhandled promises and import cycles (oxlint)',
    command: 'oxlint',
    args: ['--type-aware', '--deny-warnings'],
    fixArgs: ['--type-aware', '--deny-warnings', '--fix'],
    settings: ['.oxlintrc.json'],
  },
  format: {
    title: 'format (prettier)',
    command: 'prettier',
    args: ['--check', '--cache', '--cache-location', `${cache}/prettier`, '.'],
    fixArgs: ['--write', '--log-level', 'warn', '--cache', '--cache-location', `${cache}/prettier`, '.'],
    settings: ['.prettierrc.json', '.prettierrc', '.prettierrc.yaml', 'prettier.config.js'],
  },
} as const satisfies Record<string, Tool>;
export type ToolName = keyof typeof tools;

/** The result of one check. */
export interface Result {
  name: string;
  isOk: boolean;
  /** Why it was skipped, if it was. */
  leftOut?: string;
  /** The output of another program. */
  output?: string;
  problems?: readonly Problem[];
}

/** Where and how programs run. */
export interface RunOptions {
  root: string;
  isColored: boolean;
  env: NodeJS.ProcessEnv;
}

/** Runs one program's check, or its fixes, and reports what's wrong after that. */
export async function runTool(name: ToolName, options: RunOptions, isFixing = false): Promise<Result> {
  const { command, args, fixArgs = [], settings }: Tool = tools[name];
  if (!settings.some((file) => existsSync(join(options.root, file))))
    return { name, isOk: true, leftOut: 'nothing for it here' };
  const pretty = name === 'types' && options.isColored ? ['--pretty'] : [];
  return { name, ...(await run(command, isFixing ? fixArgs : [...args, ...pretty], options)) };
}

/** Runs a program of the repository, or one on PATH, where npm puts those of the tool. */
function run(
  command: string,
  args: readonly string[],
  { root, isColored, env }: RunOptions,
): Promise<{ isOk: boolean; output: string }> {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${env['PATH'] ?? ''}`;
  const colors = isColored ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined };
  return new Promise((resolve, reject) => {
    // On Windows, npm's commands are scripts.
    const isScript = process.platform === 'win32';
    const child = spawn(command, args, { cwd: root, env: { ...env, ...colors, PATH: path }, shell: isScript });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => void (output += String(chunk)));
    const missing = { isOk: false, output: `${command} isn't installed. Run npm ci.\n` };
    child.once('error', (cause: NodeJS.ErrnoException) => (cause.code === 'ENOENT' ? resolve(missing) : reject(cause)));
    child.once('close', (code) => resolve({ isOk: code === 0, output }));
  });
}
