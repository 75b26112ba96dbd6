import { setTimeout as wait } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import type { Snapshot } from './board.ts';
import type { Controls, Given } from './controls.ts';
import type { Preview } from './guards.ts';

/** How often an idle stream sends a heartbeat, in milliseconds. */
const heartbeatMs = 15_000;

/** How long to collect changes before pushing them together, in milliseconds. */
const settleMs = 30;

/** What a stream pushes: the sandbox's whole state, and what the guards say about the page's move. */
export interface Pushed extends Snapshot {
  /** `undefined` until the guards have answered; `null` if there is no such move. */
  preview?: Preview | null | undefined;
}

/**
 * Server-sent events: the whole state at once, and again after every change. Each stream is one view (`?issue&to&as`), so
 * a page that looks at something else opens another one, and no late answer reaches it.
 */
export function streamState({ snapshot, preview, watch }: Controls): RequestHandler {
  return (request, response) => {
    const view = request.query as Given['view'];
    let asked: Preview | null | undefined;
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    // The page reconnects soon after a restart of the sandbox.
    response.write('retry: 500\n\n');
    const push = oneAtATime(async () => {
      const pushed: Pushed = { ...(await snapshot()), preview: asked };
      response.write(`data: ${JSON.stringify(pushed)}\n\n`);
    });
    // Guards can be slow, and the board doesn't wait for them.
    const ask = oneAtATime(async () => {
      asked = await preview(view);
      push();
    });
    const unwatch = watch(() => {
      push();
      ask();
    });
    const heartbeat = setInterval(() => void response.write(': still here\n\n'), heartbeatMs);
    request.once('close', () => {
      unwatch();
      clearInterval(heartbeat);
    });
    push();
    ask();
  };
}

/** Wraps work so that it never runs twice at once, and runs again for requests that came meanwhile. */
function oneAtATime(work: () => Promise<void>): () => void {
  let [isDue, isRunning] = [false, false];
  async function run(): Promise<void> {
    isRunning = true;
    while (isDue) {
      isDue = false;
      // A closing sandbox can't be read any more, and its streams end with it.
      await work().catch(() => {});
      await wait(settleMs);
    }
    isRunning = false;
  }
  return () => {
    isDue = true;
    if (!isRunning) void run();
  };
}
