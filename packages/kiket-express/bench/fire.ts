import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadOrder, LoadOutcome } from './load.ts';
import { pinned, type RunningReceiver } from './receivers.ts';

/** Node strips types itself from 22.18 on. */
const { typescript = false } = process.features as { typescript?: false | string };
const forTypeScript = typescript === false ? ['--import', 'tsx'] : [];

/** How much to fire, and what: one routine delivery over and over by default. */
export type Shots = Pick<LoadOrder, 'connections' | 'seconds' | 'amount'> &
  Partial<Pick<LoadOrder, 'moves' | 'from' | 'different'>>;

/** One process for the whole run, so that the load is compiled before anything is measured. */
let load: ChildProcess | undefined;

/** Fires at one receiver, and waits for the answers. Throws if the load ends first. */
export async function fire(
  { url, secret }: Pick<RunningReceiver, 'url' | 'secret'>,
  shots: Shots,
): Promise<LoadOutcome> {
  load ??= startLoad();
  const order: LoadOrder = { url, secret, moves: ['routine'], from: 0, different: 1, ...shots };
  const waiting = new AbortController();
  const ended = once(load, 'exit', { signal: waiting.signal }).then(() => {
    throw new Error('The load process ended early.');
  });
  const answered = once(load, 'message', { signal: waiting.signal });
  load.send(order);
  try {
    const [outcome] = (await Promise.race([answered, ended])) as [LoadOutcome];
    return outcome;
  } finally {
    waiting.abort();
    await Promise.allSettled([answered, ended]);
  }
}

/** Ends the load process, if there is one. */
export function stopLoad(): void {
  load?.kill();
  load = undefined;
}

function startLoad(): ChildProcess {
  const [file = '', ...args] = pinned('load', [
    process.execPath,
    ...forTypeScript,
    join(import.meta.dirname, 'load.ts'),
  ]);
  return spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}
