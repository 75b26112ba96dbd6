import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from './folders.ts';

/** The project that Kiket runs. */
export const dbtFolder = join(projectRoot, '.kiket', 'modules', 'guard_decisions', 'dbt');

/** What a command came to. */
export interface DbtResult {
  ok: boolean;
  /** Status by model or test: `success`, `pass`, `fail`, `error`, `skipped`. */
  results: Record<string, string>;
  /** What dbt printed. */
  output: string;
}

/** A dbt that takes commands, one after the other. */
export interface Dbt {
  /** Runs a command with these variables beside those of this process. */
  run: (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<DbtResult>;
  stop: () => Promise<void>;
}

const requirements = join(import.meta.dirname, 'dbt-requirements.txt');

type Command = readonly [program: string, ...args: string[]];

/** Makes a virtual environment in a folder, and installs into it. */
const installers: readonly { test: Command; install: (folder: string) => readonly Command[] }[] = [
  {
    test: ['uv', '--version'],
    install: (folder) => [
      ['uv', 'venv', '--quiet', folder],
      ['uv', 'pip', 'install', '--quiet', '--python', folder, '--no-deps', '--requirement', requirements],
    ],
  },
  {
    test: ['python3', '-c', 'import ensurepip, venv, sys; assert sys.version_info >= (3, 11)'],
    install: (folder) => [
      ['python3', '-m', 'venv', folder],
      [pythonOf(folder), '-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements],
    ],
  },
];

/**
 * Installs dbt as dbt-requirements.txt pins it, once: beside the packages of npm.
 *
 * @returns its Python; `undefined` on a machine with neither uv nor a Python 3.11 with pip
 * @throws what the installer says if it fails
 */
export function installDbt(): string | undefined {
  const installer = installers.find(({ test }) => attempt(test));
  if (installer === undefined) return undefined;
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const folder = join(projectRoot, 'node_modules', '.cache', `dbt-${pins}`);
  // A Python that is gone or newer since takes its virtual environments with it.
  if (attempt([pythonOf(folder), '-c', 'import dbt.version'])) return pythonOf(folder);
  rmSync(folder, { recursive: true, force: true });
  // Half an installation never has the name of a whole one.
  mkdirSync(dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    for (const [program, ...args] of installer.install(unfinished)) execFileSync(program, args, { stdio: 'pipe' });
    // Another run may have been faster.
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return pythonOf(folder);
}

function pythonOf(folder: string): string {
  return join(folder, 'bin', 'python');
}

function attempt([program, ...args]: Command): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** Starts a Python that runs the commands: importing dbt takes longer than most of them. */
export function startDbt(python: string): Dbt {
  const target = mkdtempSync(join(tmpdir(), 'guardian-dbt-target-'));
  const fixed = { DBT_PROJECT_DIR: dbtFolder, DBT_PROFILES_DIR: dbtFolder, DBT_TARGET_PATH: target };
  const env = {
    ...process.env,
    ...fixed,
    DBT_LOG_PATH: target,
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    NO_COLOR: '1',
  };
  const child = spawn(python, [join(import.meta.dirname, 'runDbt.py')], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    run: async (args, variables) => {
      child.stdin.write(`${JSON.stringify({ args, env: variables })}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error('dbt has ended; what it said is above.');
      return JSON.parse(value) as DbtResult;
    },
    stop: async () => {
      child.stdin.end();
      await ended;
      rmSync(target, { recursive: true, force: true });
    },
  };
}
