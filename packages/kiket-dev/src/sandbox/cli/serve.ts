import color from 'picocolors';
import type { Io } from '../../commandLine.ts';
import { paint } from '../../plainTable.ts';
import type { Delivery } from '../deliveryLog.ts';
import { parseObject } from '../decision.ts';
import { defaultPort } from './connection.ts';
import { unlessInterrupted } from './interrupt.ts';
import type { Running } from './run.ts';

/** Runs until it is interrupted, and prints a line for every delivery. Rejects if the extension ends by itself. */
export async function serve(
  { sandbox, extensionUrl, extensionEnded, stop }: Running,
  isJson: boolean,
  io: Io,
): Promise<void> {
  // The reader of the lines is gone, so there's nothing left to do.
  process.stdout.once('error', () => process.kill(process.pid, 'SIGTERM'));
  const { url, apiKey, workspaceToken } = sandbox;
  const greeting = { url, extension: extensionUrl, apiKey, workspaceToken };
  io.stdout.write(isJson ? `${JSON.stringify(greeting)}\n` : greet(greeting));
  const unwatch = sandbox.watch((id) => {
    if (id === undefined) return;
    // A delivery in progress during a reset is gone.
    void sandbox.delivery(id).then(
      (delivery) => io.stdout.write(describe(delivery, isJson)),
      () => {},
    );
  });
  const how = await unlessInterrupted(extensionEnded, io).catch(() => undefined);
  unwatch();
  await stop();
  if (how !== undefined) throw new Error(`The extension ended ${how}. Restart the sandbox.`);
}

interface Greeting {
  url: string;
  extension: string;
  apiKey: string;
  workspaceToken: string;
}

function greet({ url, extension, apiKey, workspaceToken }: Greeting): string {
  const { port } = new URL(url);
  const there = port === defaultPort ? '' : ` --port ${port}`;
  return `${color.bold('A local Kiket')} at ${url}, with the extension at ${extension}.

Open it in a browser: ${color.bold(url)}
Or move issues from another terminal:

  npx kiket-dev sandbox issues${there}
  npx kiket-dev sandbox transition ORD-42 done --as mira@example.com${there}
  npx kiket-dev sandbox --help

For jobs, until you stop it:

  KIKET_BASE_URL=${url}
  KIKET_EXTENSION_API_KEY=${apiKey}
  KIKET_WORKSPACE_TOKEN=${workspaceToken}

For Kiket's own command line:

  KIKET_API_URL=${url}
  KIKET_API_TOKEN=${workspaceToken}

Deliveries (Ctrl-C stops):
`;
}

/** A line about a delivery; '' before its first attempt. */
function describe({ id, event, state, attempts }: Delivery, isJson: boolean): string {
  const latest = attempts.at(-1);
  if (latest === undefined) return '';
  const { status, error, milliseconds, answer } = latest;
  if (isJson) return `${JSON.stringify({ id, event, state, status, error, milliseconds })}\n`;
  const answered = parseObject(answer ?? '')?.['status'];
  const result = error ?? `HTTP ${String(status)} ${typeof answered === 'string' ? paint(answered) : ''}`;
  return `  ${event}  ${result}  ${milliseconds} ms  ${state === 'delivered' ? '' : paint(state)}  ${color.dim(id)}\n`;
}
