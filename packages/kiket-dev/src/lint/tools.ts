import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

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

/** A program's result. */
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

/** Whether a program can fix anything. */
export function canFix(name: ToolName): boolean {
  return 'fixArgs' in tools[name];
}

/** Runs one program's check, or its fixes, and reports what's wrong after that. Returns the reason if it's skipped. */
export async function runTool(name: ToolName, options: RunOptions, isFixing = false): Promise<Ran | string> {
  const { command, args, fixArgs = [], settings }: Tool = tools[name];
  if (!settings.some((file) => existsSync(join(options.root, file)))) return 'nothing for it here';
  const pretty = name === 'types' && options.isColored ? ['--pretty'] : [];
  const ended = await run(command, isFixing ? fixArgs : [...args, ...pretty], options);
  return ended ?? { isOk: false, output: `${command} isn't installed. Run npm ci.\n` };
}

/** `undefined` if the program is neither in the repository nor on PATH, where npm puts those of the tool. */
function run(command: string, args: readonly string[], { root, isColored, env }: RunOptions): Promise<Ran | undefined> {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${env['PATH'] ?? ''}`;
  const colors = isColored ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined };
  return new Promise((resolve, reject) => {
    // On Windows, npm's commands are scripts.
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
