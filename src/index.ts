import { readDotenv } from './dotenvFile.ts';
import { fastStdout } from './fast.ts';
import { SetupError } from './kiket/errors.ts';
import { startServer, type RunningServer } from './server.ts';
import { describeProblems } from './setup.ts';

const stdout = fastStdout();
const starting = start();
let stopping: Promise<void> | undefined;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stopping ??= starting.then(stop, () => {});
  });
}
// Not awaited: the build is CommonJS.
void starting.then(greet, refuseToStart);

async function start(): Promise<RunningServer> {
  Object.assign(process.env, { ...readDotenv(), ...process.env });
  return startServer(process.env, stdout);
}

function refuseToStart(error: unknown): void {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(describeProblems(error));
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

async function stop(server: RunningServer): Promise<void> {
  await server.stop();
  await stdout.flush();
  process.exit(0);
}
