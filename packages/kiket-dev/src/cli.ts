// kiket-dev: its commands, each loaded on demand.
import { command, runScript, UsageError, type Io, type Main } from './commandLine.ts';
import { originOf } from './fork.ts';

const commands: Readonly<Record<string, () => Promise<{ main: Main }>>> = {
  sandbox: () => import('./sandbox/index.ts'),
  replay: () => import('./replay/replay.ts'),
  lint: () => import('./lint/index.ts'),
  package: () => import('./package/index.ts'),
  hosting: () => import('./hosting/index.ts'),
  init: async () => ({ main: command(runInit) }),
  upgrade: () => import('./upgrade/index.ts'),
  dev: () => import('./dev.ts'),
  kiket: () => import('./kiket.ts'),
};

/** The published package has no init, which only works in a copy of the template, where the sources are. */
async function runInit(argv: readonly string[], io: Io): Promise<number> {
  const origin = originOf(io.cwd);
  if (origin === 'other') throw new Error('init only works in a copy of the template.');
  if (origin === 'template') return (await import('./init/index.ts')).main(argv, io);
  io.stdout.write('This extension is already yours.\n');
  return 0;
}

const help = `Usage: kiket-dev COMMAND [OPTION…]

  sandbox   runs a local Kiket with a board beside your extension
  replay    sends recorded deliveries, signed as Kiket signs them, and compares the answers
  lint      checks whether Kiket and its tools will understand the extension
  package   builds the tarball of a release
  hosting   shows or changes who hosts the extension
  init      makes a fork of the template yours
  upgrade   replaces a fork's packages with another release
  dev       runs the extension and restarts it when you save
  kiket     runs lint, test and replay of Kiket's own command line tool, if it's installed

Every command has --help. It works on the project in this folder: the nearest folder with a .kiket/manifest.yaml.
`;

/** `kiket-dev`: runs the command that the first word names. Resolves to its exit code; 2 for an unknown command. */
export const main = command(async ([name, ...argv], io) => {
  if (name === '--help' || name === '-h') {
    io.stdout.write(help);
    return 0;
  }
  if (name === undefined) throw new UsageError(help.trimEnd());
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return (await load()).main(argv, io);
  throw new UsageError(`Unknown command "${name}". Available: ${Object.keys(commands).join(', ')}.`);
});

/** Runs `kiket-dev` as this process, and sets its exit code. */
export function run(): Promise<void> {
  return runScript(main);
}
