// How commands run: what they get of the world around them, and how they end.
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { readDotenv } from 'kiket-express/manifest';
import color from 'picocolors';
import { findRoot } from './project.ts';

/** The command line makes no sense; the message says why, and what would. */
export class UsageError extends Error {}

/** Where a command writes for people or machines. */
export interface Output {
  write: (text: string) => void;
  /** How many characters a line of the terminal has; nothing where this is no terminal. */
  columns?: number | undefined;
}

/** What a command gets of the world around it. A process gives it its own, a test whatever the test needs. */
export interface Io {
  stdout: Output;
  stderr: Output;
  env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. It is the project's, or one in it. */
  cwd: string;
  /** Ends the command early when it aborts, as Ctrl-C does. */
  interrupted?: AbortSignal;
}

/** A command: takes the words after its name and resolves to its exit code, whatever happens. Never rejects. */
export type Main = (argv: readonly string[], io: Io) => Promise<number>;

type Run = (argv: readonly string[], io: Io) => Promise<number | void> | number | void;

/**
 * Makes a command. Its exit code is what `run` returns, 0 if that is nothing; 2 if the command line is wrong, and 1 if
 * anything else throws. What was thrown is told on stderr without a stack.
 */
export function command(run: Run): Main {
  return async (argv, io) => {
    try {
      return (await run(argv, io)) ?? 0;
    } catch (error) {
      io.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      return error instanceof UsageError || isParseArgsError(error) ? 2 : 1;
    }
  };
}

/** Runs a command with what this process has. */
export async function runScript(run: Run): Promise<void> {
  const { stdout, stderr, env } = process;
  // Nobody may read its output any more, as in `kiket-dev replay | head -1`: it still has to put away what it uses.
  for (const output of [stdout, stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const io = { stdout: outputTo(stdout), stderr: outputTo(stderr), env, cwd: process.cwd() };
  process.exitCode = await command(run)(process.argv.slice(2), io);
}

/** Writes to a stream, without colours where nobody sees any. */
export function outputTo(
  stream: { write: (text: string) => unknown; columns?: number },
  isColored = color.isColorSupported,
): Output {
  return {
    write: (text) => void stream.write(isColored ? text : stripVTControlCharacters(text)),
    columns: stream.columns,
  };
}

/** The environment, and what the project's `.env` sets beside it; without a project, the folder's. */
export function readEnvironment({ env, cwd }: Io): Record<string, string | undefined> {
  return { ...readDotenv(join(findRoot(cwd) ?? cwd, '.env')), ...env };
}

/** Whether `parseArgs` of node:util did not know an option, or missed its value. */
function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
