import color from 'picocolors';
import type { Delivery } from '../deliveryLog.ts';
import { parseObject } from '../decision.ts';
import { defaultPort } from './connection.ts';
import { CommandError } from './errors.ts';
import { unlessInterrupted } from './interrupt.ts';
import { paint } from './print.ts';
import type { Running } from './run.ts';

/** Runs until it is interrupted, and prints a line for every delivery. Rejects if the guardian ends by itself. */
export async function serve({ sandbox, guardianUrl, guardianEnded, stop }: Running, isJson: boolean): Promise<void> {
  // Who read the lines is gone, and with them what it runs for.
  process.stdout.once('error', () => process.kill(process.pid, 'SIGTERM'));
  const greeting = { url: sandbox.url, guardian: guardianUrl };
  process.stdout.write(isJson ? `${JSON.stringify(greeting)}\n` : greet(greeting));
  const unwatch = sandbox.watch((change) => {
    if (change.type !== 'delivery') return;
    // One that was on its way when the story began anew is there no more.
    void sandbox.delivery(change.id).then(
      (delivery) => printLine(delivery, isJson),
      () => {},
    );
  });
  const how = await unlessInterrupted(guardianEnded).catch(() => undefined);
  unwatch();
  await stop();
  if (how !== undefined) throw new CommandError(`The guardian has ended ${how}. Start both again.`, 1);
}

function greet({ url, guardian }: { url: string; guardian: string }): string {
  const { port } = new URL(url);
  const there = port === defaultPort ? '' : ` --port ${port}`;
  return `${color.bold('A local Kiket')} at ${url}, with the guardian at ${guardian}.

Look at it in a browser: ${color.bold(url)}
Or move issues from another terminal:

  npm run sandbox -- issues${there}
  npm run sandbox -- transition ORD-42 done --as mira@example.com${there}
  npm run sandbox -- --help

Deliveries, as they are made (Ctrl-C ends):
`;
}

function printLine({ id, event, state, attempts }: Delivery, isJson: boolean): void {
  const latest = attempts.at(-1);
  if (latest === undefined) return;
  const { status, error, milliseconds, answer } = latest;
  if (isJson)
    return void process.stdout.write(`${JSON.stringify({ id, event, state, status, error, milliseconds })}\n`);
  const said = parseObject(answer ?? '')?.['status'];
  const result = error ?? `HTTP ${String(status)} ${typeof said === 'string' ? paint(said) : ''}`;
  process.stdout.write(
    `  ${event}  ${result}  ${milliseconds} ms  ${state === 'delivered' ? '' : paint(state)}  ${color.dim(id)}\n`,
  );
}
