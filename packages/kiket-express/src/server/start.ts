import { inspect } from 'node:util';
import { readDotenv } from './dotenvFile.ts';
import { SetupError } from '../receive/errors.ts';
import { startServer, type RunningServer } from './server.ts';
import { describeProblems } from './setup.ts';
import { openLogOutput } from './stdout.ts';

/** Whatever hangs, the process has ended so long after it was told to stop, in milliseconds. */
const endWithinMs = 15_000;

// Nobody may be there to read it, and that ends nothing.
process.stderr.on('error', () => {});

const stdout = openLogOutput();
const starting = start();
let stopping: Promise<void> | undefined;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => end(0));
}
for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, breakDown);
// Not awaited: the build is CommonJS.
void starting.then(greet, refuseToStart);

async function start(): Promise<RunningServer> {
  Object.assign(process.env, { ...readDotenv(), ...process.env });
  return startServer(process.env, stdout);
}

function refuseToStart(error: unknown): void {
  const problem = error instanceof SetupError ? error : new SetupError([inspect(error)]);
  process.stderr.write(describeProblems(problem));
  process.exitCode = 1;
}

/** Tells people what they can do now. Logs are on standard output, this is not one. */
function greet({ config, port }: RunningServer): void {
  const url = `http://localhost:${port}`;
  const [secret] = config.webhookSecrets;
  const lines = [`The guardian listens on ${url}/webhook`];
  if (config.isSecretGenerated) {
    lines.push('No webhook secret is set, so one was made for this run. Send it recorded deliveries with:');
    lines.push(`  npm run replay -- --url ${url}/webhook --secret ${secret}`);
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** Answers what is in hand and ends: what comes after a bug is unknown, what came before it is not. */
function breakDown(thrown: unknown): void {
  void starting.then(
    ({ log }) => log.fatal({ err: thrown }, 'something broke outside of every handler'),
    () => {},
  );
  end(1);
}

function end(exitCode: number): void {
  // What broke is not made good by a signal.
  process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCode);
  setTimeout(() => process.exit(), endWithinMs).unref();
  stopping ??= starting.then(stop, () => {});
}

async function stop(server: RunningServer): Promise<void> {
  await server.stop().catch((error: unknown) => server.log.error({ err: error }, 'the stop was not clean'));
  await stdout.flush();
  process.exit();
}
