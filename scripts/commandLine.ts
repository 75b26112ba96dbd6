// How commands end: one line for people, and an exit code.

/** The command line makes no sense; the message says why, and what would. */
export class UsageError extends Error {}

/**
 * Lets a command go on in silence when nobody reads its output any more, as in `npm run replay | head -1`: it still has to
 * put away what it uses. Whatever else goes wrong with its output is thrown.
 */
export function allowNoReader(): void {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/**
 * Runs a script. Its exit code is what `main` returns, 0 if that is nothing; 2 if the command line is wrong, and 1 if
 * anything else throws. What was thrown is told on stderr without a stack.
 */
export async function runScript(main: () => Promise<number | void> | number | void): Promise<void> {
  allowNoReader();
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof UsageError || isParseArgsError(error) ? 2 : 1;
  }
}

/** Whether `parseArgs` of node:util did not know an option, or missed its value. */
function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
