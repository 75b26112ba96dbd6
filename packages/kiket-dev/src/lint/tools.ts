import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isThisRepository } from './thisRepository.ts';
import { leaveOut, type CheckResult } from './check.ts';

/** Another program that checks a part of the repository. */
interface Tool {
  command: string;
  args: readonly string[];
  /** Mends what it can. */
  fixArgs?: readonly string[];
  /** One of these says that the repository uses it. */
  settings: readonly string[];
}

/** The programs by the part that they check, in the order in which their results are told. */
export const tools = {
  types: { command: 'tsc', args: ['--noEmit'], settings: ['tsconfig.json'] },
  code: {
    command: 'oxlint',
    args: ['--type-aware', '--type-check', '--deny-warnings'],
    fixArgs: ['--type-aware', '--fix'],
    settings: ['.oxlintrc.json'],
  },
  format: {
    command: 'prettier',
    args: ['--check', '.'],
    fixArgs: ['--write', '--log-level', 'warn', '.'],
    settings: ['.prettierrc.json', '.prettierrc', '.prettierrc.yaml', 'prettier.config.js'],
  },
} as const satisfies Record<string, Tool>;
export type ToolName = keyof typeof tools;

/** How a program is run. */
export interface RunOptions {
  /** The repository. */
  root: string;
  isColored: boolean;
}

/** Checks one part with its program. */
export async function checkWithTool(name: ToolName, options: RunOptions): Promise<CheckResult> {
  const { command, args, settings }: Tool = tools[name];
  const isUsed = settings.some((file) => existsSync(join(options.root, file)));
  const missing = `there is no ${settings[0] ?? ''}`;
  if (!isUsed && isThisRepository(options.root)) return notChecked(name, missing);
  if (!isUsed) return leaveOut(name, missing);
  const ended = await run(command, name === 'types' && options.isColored ? [...args, '--pretty'] : args, options);
  if (ended === undefined) {
    return { name, isOk: false, output: `${command} is not installed. Run npm ci.\n`, problems: [] };
  }
  return { name, isOk: ended.code === 0, output: ended.output, problems: [] };
}

/** Another repository may do without, and this one does not. */
function notChecked(name: string, missing: string): CheckResult {
  return {
    name,
    isOk: false,
    output: `Nothing is checked: ${missing}. Bring it back from the template.\n`,
    problems: [],
  };
}

/** Lets a program mend what it can. What it cannot is told by the check that follows. */
export async function fixWithTool(name: ToolName, options: RunOptions): Promise<void> {
  const { command, fixArgs, settings }: Tool = tools[name];
  if (fixArgs === undefined || !settings.some((file) => existsSync(join(options.root, file)))) return;
  await run(command, fixArgs, options);
}

/** `undefined` if there is no such program: neither in the repository, nor beside this one, nor on PATH. */
function run(
  command: string,
  args: readonly string[],
  { root, isColored }: RunOptions,
): Promise<{ code: number | null; output: string } | undefined> {
  const own = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
  const path = [join(root, 'node_modules', '.bin'), own, process.env['PATH'] ?? ''].join(delimiter);
  const colors = isColored ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined };
  const env = { ...process.env, ...colors, PATH: path };
  return new Promise((resolve, reject) => {
    // npm's commands on Windows are scripts.
    const child = spawn(command, args, { cwd: root, env, shell: process.platform === 'win32' });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    child.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve(undefined) : reject(error),
    );
    child.once('close', (code) => resolve({ code, output }));
  });
}
