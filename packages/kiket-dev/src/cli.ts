// kiket-dev: its commands, each loaded on demand.
import { command, runScript, UsageError, type Io, type Main } from './commandLine.ts';
import { originOf } from './fork.ts';

interface Entry {
  about: string;
  load: () => Promise<Main>;
}

const commands: Readonly<Record<string, Entry>> = {
  sandbox: {
    about: 'runs a local Kiket with a board beside your extension',
    load: async () => (await import('./sandbox/index.ts')).main,
  },
  replay: {
    about: 'sends recorded deliveries, signed as Kiket signs them, and compares the answers',
    load: async () => (await import('./replay/replay.ts')).main,
  },
  lint: {
    about: 'checks whether Kiket and its tools will understand the extension',
    load: async () => (await import('./lint/index.ts')).main,
  },
  package: {
    about: 'builds the tarball of a release',
    load: async () => (await import('./package/index.ts')).main,
  },
  hosting: {
    about: 'shows or changes who hosts the extension',
    load: async () => (await import('./hosting/index.ts')).main,
  },
  init: {
    about: 'makes a fork of the template yours',
    load: async () => command(runInit),
  },
  upgrade: {
    about: "replaces a fork's packages with another release",
    load: async () => command((await import('./upgrade/index.ts')).main),
  },
  dev: {
    about: 'runs the extension and restarts it when you save',
    load: async () => (await import('./dev.ts')).main,
  },
  kiket: {
    about: "runs lint, test and replay of Kiket's own command line tool, if it's installed",
    load: async () => (await import('./kiket.ts')).main,
  },
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

${Object.entries(commands)
  .map(([name, { about }]) => `  ${name.padEnd(8)}  ${about}\n`)
  .join('')}
Every command has --help. It works on the project in this folder: the nearest folder with a .kiket/manifest.yaml.
`;

/** `kiket-dev`: runs the command that the first word names. Resolves to its exit code; 2 for an unknown command. */
export const main = command(async ([name, ...argv], io) => {
  if (name === '--help' || name === '-h') {
    io.stdout.write(help);
    return 0;
  }
  if (name === undefined) throw new UsageError(help.trimEnd());
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry !== undefined) return (await entry.load())(argv, io);
  throw new UsageError(`Unknown command "${name}". Available: ${Object.keys(commands).join(', ')}.`);
});

/** Runs `kiket-dev` as this process, and sets its exit code. */
export function run(): Promise<void> {
  return runScript(main);
}
