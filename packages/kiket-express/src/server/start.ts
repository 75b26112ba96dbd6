import { inspect } from 'node:util';
import type { Settings } from '../extension/extension.ts';
import { SetupError } from '../errors.ts';
import { startServer, type RunningServer, type Served } from './server.ts';
import { describeProblems } from './setup.ts';
import { openLogOutput } from './stdout.ts';

/** Whatever hangs, the process has ended so long after it was told to stop, in milliseconds. */
const endWithinMs = 15_000;

/**
 * Runs an extension as this process: starts it as `process.env` says, tells people where it listens, and ends it on SIGTERM or
 * SIGINT when what is in hand is finished. What is wrong with the set-up is printed, and the exit code is 1. So it is after an
 * error outside of every handler: then what is in hand is answered first.
 *
 * @param served the extension, where it is, and how its app is wired
 * @param readEnv adds to the environment, such as {@link readDotenv}; what it throws is a problem of the set-up
 */
export function start<S extends Settings>(
  served: Served<S>,
  readEnv: () => Readonly<Record<string, string | undefined>> = () => ({}),
): void {
  // Nobody may be there to read it, and that ends nothing.
  process.stderr.on('error', () => {});
  const stdout = openLogOutput();
  const open = async () => startServer(served, { ...readEnv(), ...process.env }, stdout);
  const starting = open();
  let stopping: Promise<void> | undefined;

  const stop = async (server: RunningServer) => {
    await server.stop().catch((error: unknown) => server.log.error({ err: error }, 'the server did not stop cleanly'));
    await stdout.flush();
    process.exit();
  };
  const end = (exitCode: number) => {
    // What broke is not made good by a signal.
    process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCode);
    setTimeout(() => process.exit(), endWithinMs).unref();
    stopping ??= starting.then(stop, () => {});
  };
  // Answers what is in hand and ends: what comes after a bug is unknown, what came before it is not.
  const breakDown = (thrown: unknown) => {
    void starting.then(
      ({ log }) => log.fatal({ err: thrown }, 'an error was thrown outside every handler'),
      () => {},
    );
    end(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, breakDown);
  // Not awaited: the build is CommonJS.
  void starting.then(greet, refuseToStart);
}

function refuseToStart(error: unknown): void {
  const problem = error instanceof SetupError ? error : new SetupError([inspect(error)]);
  process.stderr.write(describeProblems(problem));
  process.exitCode = 1;
}

/** Tells people what they can do now. Logs are on standard output, this is not one. */
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
