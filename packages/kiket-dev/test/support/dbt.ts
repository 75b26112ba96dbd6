import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from './folders.ts';

/** The project that Kiket runs. */
const dbtFolder = join(projectRoot, '.kiket', 'modules', 'guard_decisions', 'dbt');

/** What a command came to. */
export interface DbtResult {
  ok: boolean;
  /** Status by model or test: `success`, `pass`, `fail`, `error`, `skipped`. */
  results: Record<string, string>;
  /** What dbt printed. */
  output: string;
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

/** Runs a dbt command with these variables beside those of this process. */
export async function runDbt(
  python: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<DbtResult> {
  const target = mkdtempSync(join(tmpdir(), 'guardian-dbt-target-'));
  const env = {
    ...process.env,
    DBT_PROJECT_DIR: dbtFolder,
    DBT_PROFILES_DIR: dbtFolder,
    DBT_TARGET_PATH: target,
    DBT_LOG_PATH: target,
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    ...variables,
  };
  const child = spawn(python, ['-m', 'dbt.cli.main', '--no-use-colors', ...args], { env });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const path = join(target, 'run_results.json');
  const report = existsSync(path) ? readFileSync(path, 'utf8') : '{"results":[]}';
  rmSync(target, { recursive: true });
  const { results } = JSON.parse(report) as { results: { unique_id: string; status: string }[] };
  // `model.<project>.<name>`, `test.<project>.<name>.<hash>`
  const statuses = results.map(({ unique_id: id, status }) => [id.split('.')[2] ?? id, status] as const);
  return { ok: code === 0, results: Object.fromEntries(statuses), output: stdout + stderr };
}
