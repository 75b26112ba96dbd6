// npm run kiket: lint, test and replay once more, by Kiket's own command line tool where it is installed.
import { spawnSync } from 'node:child_process';
import { runScript } from './commandLine.ts';

const help = `Runs Kiket's own command line tool over this repository, where it is installed:

  kiket extensions lint
  kiket extensions test
  kiket extensions replay, for every step of replay/scenario.yaml, and compares the answers

Exit code: 0 if all pass or there is no \`kiket\` on the PATH, 1 if one fails.
`;

/** In the order in which they run. */
const commands = [
  ['kiket', 'extensions', 'lint'],
  ['kiket', 'extensions', 'test'],
  ['npm', 'run', '--silent', 'replay', '--', '--cli'],
] as const;

await runScript(() => main(process.argv.slice(2)));

function main(options: readonly string[]): number {
  if (options.length > 0) {
    const isHelp = options[0] === '--help';
    (isHelp ? process.stdout : process.stderr).write(isHelp ? help : `There is no option ${options[0]}.\n\n${help}`);
    return isHelp ? 0 : 2;
  }
  if (spawnSync('kiket', ['--version']).error !== undefined) {
    process.stdout.write('There is no `kiket` on the PATH, so its lint, test and replay were left out.\n');
    return 0;
  }
  const failed = commands.filter((command) => !succeeds(command)).map((command) => command.join(' '));
  if (failed.length > 0) process.stderr.write(`\nFailed: ${failed.join(', ')}\n`);
  return failed.length === 0 ? 0 : 1;
}

function succeeds([command, ...args]: readonly [string, ...string[]]): boolean {
  process.stdout.write(`\n== ${[command, ...args].join(' ')}\n`);
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0;
}
