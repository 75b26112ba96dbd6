// kiket-dev kiket: lint, test and replay once more, by Kiket's own command line tool where it is installed.
import { spawn, spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { commandWithHelp, type Io } from './commandLine.ts';
import { main as replay } from './replay/replay.ts';

const help = `Runs Kiket's own command line tool on this project, if it's installed:

  kiket extensions lint
  kiket extensions test
  kiket extensions replay, for every step of replay/scenario.yaml, and compares the answers

  --scenario FILE   what is replayed (replay/scenario.yaml)
  --help            prints this

Exit code: 0 if all pass or \`kiket\` is not on the PATH, 1 if one fails, 2 if the command is wrong.
`;

/** `kiket-dev kiket` */
export const main = commandWithHelp(help, run);

async function run(argv: readonly string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { scenario: { type: 'string' } } });
  if (spawnSync('kiket', ['--version'], { env: { ...io.env } }).error !== undefined) {
    io.stdout.write('`kiket` is not on the PATH, so its lint, test and replay were skipped.\n');
    return 0;
  }
  const scenario = values.scenario === undefined ? [] : ['--scenario', values.scenario];
  /** In the order in which they run. */
  const parts = {
    'kiket extensions lint': () => runKiket('lint', io),
    'kiket extensions test': () => runKiket('test', io),
    'kiket-dev replay --cli': () => replay(['--cli', ...scenario], io),
  };
  const failed: string[] = [];
  for (const [name, runPart] of Object.entries(parts)) {
    io.stdout.write(`\n== ${name}\n`);
    if ((await runPart()) !== 0) failed.push(name);
  }
  if (failed.length > 0) io.stderr.write(`\nFailed: ${failed.join(', ')}\n`);
  return failed.length === 0 ? 0 : 1;
}

/** Runs a part of Kiket's tool and passes on what it prints. Resolves to its exit code, `null` after a signal. */
function runKiket(part: string, { stdout, stderr, env, cwd }: Io): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('kiket', ['extensions', part], { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.write(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.write(text));
    child.once('error', reject);
    child.once('close', resolve);
  });
}
