// How commands run: what they get from their environment, and how they end.
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { readDotenv } from 'kiket-express/manifest';
import color from 'picocolors';
import { findRoot } from './project.ts';

/** The command line is wrong. The message says why, and what to write instead. */
export class UsageError extends Error {}

/** Where a command writes for people or machines. */
export interface Output {
  write: (text: string) => void;
  /** The width of the terminal in characters; `undefined` without a terminal. */
  columns?: number | undefined;
}

/** A command's environment: the process's own, or whatever a test needs. */
export interface Io {
  stdout: Output;
  stderr: Output;
  env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from: the project's, or one inside it. */
  cwd: string;
  /** Ends the command early when it aborts, like Ctrl-C. */
  interrupted?: AbortSignal;
}

/** A command: takes the arguments after its name and resolves to its exit code. Never rejects. */
export type Main = (argv: readonly string[], io: Io) => Promise<number>;

type Run = (argv: readonly string[], io: Io) => Promise<number | void> | number | void;

/**
 * Makes a command. Its exit code is what `run` returns, or 0; 2 if the command line is wrong, and 1 for any other
 * error. Errors are printed on stderr without a stack.
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

/** Makes a command that prints this help if it's asked for. */
export function commandWithHelp(help: string, run: Run): Main {
  return command((argv, io) => {
    if (!argv.includes('--help')) return run(argv, io);
    io.stdout.write(help);
    return 0;
  });
}

/** Runs a command in this process's environment. */
export async function runScript(run: Run): Promise<void> {
  const { stdout, stderr, env } = process;
  // Its output may be closed, as in `kiket-dev replay | head -1`. It still has to clean up.
  for (const output of [stdout, stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const io = { stdout: outputTo(stdout), stderr: outputTo(stderr), env, cwd: process.cwd() };
  process.exitCode = await command(run)(process.argv.slice(2), io);
}

/** Writes to a stream, without colors if it's not a terminal. */
export function outputTo(
  stream: { write: (text: string) => unknown; columns?: number },
  isColored = color.isColorSupported,
): Output {
  return {
    write: (text) => void stream.write(isColored ? text : stripVTControlCharacters(text)),
    columns: stream.columns,
  };
}

/** The environment plus the project's `.env`, or the folder's without a project. */
export function readEnvironment({ env, cwd }: Io): Record<string, string | undefined> {
  return { ...readDotenv(join(findRoot(cwd) ?? cwd, '.env')), ...env };
}

/** Whether the error is node:util's `parseArgs` rejecting an option or its value. */
function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
