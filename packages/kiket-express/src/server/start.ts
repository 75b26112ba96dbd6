import { inspect } from 'node:util';
import type { Settings } from '../extension/extension.ts';
import { SetupError } from '../errors.ts';
import { setOnly } from './config.ts';
import { startServer, type RunningServer, type Served } from './server.ts';
import { describeProblems } from './setup.ts';
import { openLogOutput } from './stdout.ts';

/**
 * How many threads Node has for lookups of names and other work (4 by default). Half of them can look up names, and each
 * waits for seconds if a name server doesn't answer. Installations name hosts, so a few of those would stop every call.
 */
const threads = '64';

/** The process ends this long after it's told to stop, even if something hangs, in milliseconds: before Docker ends it. */
const endWithinMs = 9_800;

/**
 * Runs an extension as this process: starts it with `process.env`, prints where it listens, and on SIGTERM or SIGINT
 * finishes requests in progress and ends. Setup problems are printed, and the exit code is 1. An error outside every
 * handler also ends the process with 1, after requests in progress are answered.
 *
 * @param served the extension, its folder, and its app
 * @param readEnv adds to the environment, such as {@link readDotenv}; its errors are setup problems
 */
export function start<S extends Settings>(
  served: Served<S>,
  readEnv: () => Readonly<Record<string, string | undefined>> = () => ({}),
): void {
  // Node reads it when the first thread is needed.
  process.env['UV_THREADPOOL_SIZE'] ??= threads;
  // A closed stderr doesn't end the process.
  process.stderr.on('error', () => {});
  const stdout = openLogOutput();
  const open = async () => {
    const own = readEnv();
    const env = { ...own, ...setOnly(process.env) };
    return startServer(served, env, { destination: stdout, ownNames: Object.keys(own) });
  };
  const starting = open();
  let stopping: Promise<void> | undefined;

  const stop = async (server: RunningServer) => {
    await server.stop().catch((error: unknown) => server.log.error({ err: error }, 'the server did not stop cleanly'));
    await stdout.flush();
    process.exit();
  };
  const end = (exitCode: number) => {
    // A signal doesn't change a failed exit code.
    process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCode);
    setTimeout(() => process.exit(), endWithinMs).unref();
    stopping ??= starting.then(stop, () => {});
  };
  // Answers requests in progress and ends, because the state after a bug is unknown.
  const breakDown = (thrown: unknown) => {
    void starting.then(
      ({ log }) => log.fatal({ err: thrown }, 'an error was thrown outside every handler'),
      () => {},
    );
    end(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, breakDown);
  // Not awaited, because the build is CommonJS.
  void starting.then(greet, (error: unknown) => {
    refuseToStart(error);
    // A connection that went dead would keep the process.
    end(1);
  });
}

/** Prints what is wrong with the setup, without a stack trace if it's a {@link SetupError}; the exit code is 1. */
export function refuseToStart(error: unknown): void {
  const problem = error instanceof SetupError ? error : new SetupError([inspect(error)]);
  process.stderr.write(describeProblems(problem));
  process.exitCode = 1;
}

/** Tells people what to do next, on stderr, because logs are on standard output. */
function greet({ config, port, name }: RunningServer): void {
  const url = `http://localhost:${port}`;
  const [secret] = config.webhookSecrets;
  const lines = [`${name} listens on ${url}/webhook`];
  if (config.isSecretGenerated) {
    lines.push('No webhook secret is set, so this run uses a generated one. Send recorded deliveries with:');
    lines.push(`  npm run replay -- --url ${url}/webhook --secret ${secret}`);
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}
