import type { DestinationStream } from 'pino';

/** Callbacks about the log's fate. */
export interface LogWatcher {
  /** This many lines couldn't be written. */
  onLost: (lines: number) => void;
  /** Lines can be written again; this many were lost meanwhile. */
  onWrittenAgain: (lines: number) => void;
}

/** Standard output for the log. Its errors never stop the process or throw. */
export interface LogOutput extends DestinationStream {
  /** Waits until everything is written or lost, for at most this many milliseconds. Never throws. */
  flush: (withinMs?: number) => Promise<void>;
  /** Sets the callbacks, which also learn of earlier losses. */
  watch: (watcher: LogWatcher) => void;
}

/** How much of the log is buffered for its reader, in bytes. More is lost, so that nobody waits. */
const waitingLimitBytes = 16 * 1024 * 1024;

/** How long a stop waits for the log's reader, in milliseconds. */
const flushWithinMs = 1_000;

/** What Node has no public name for. */
type Unnamed = Record<string, { setBlocking?: (isBlocking: boolean) => void } | undefined>;

/**
 * Writes log lines to a stream that can fail: a full disk, a closed terminal or pipe, or a pipe without a reader. Lines
 * are then lost and counted.
 *
 * The lines of one turn of the event loop are written together at its end; `kill -9` can lose them.
 *
 * @param output must not destroy itself when a write fails, as Node's own standard streams don't
 */
export function openLogOutput(output: NodeJS.WriteStream = process.stdout): LogOutput {
  let lines: string[] = [];
  let watcher: LogWatcher | undefined;
  let unreported = 0;
  let isTorn = false;
  // Node waits for a terminal, even for one that is stopped with Ctrl-S.
  if (output.isTTY) (output as unknown as Unnamed)['_handle']?.setBlocking?.(false);
  // Errors are handled at the write, below. Without a listener they would end the process.
  output.on('error', () => {});

  function lose(count: number): void {
    unreported += count;
    watcher?.onLost(count);
  }

  function writeAll(): void {
    const batch = lines;
    lines = [];
    if (batch.length === 0) return;
    if (output.writableLength > waitingLimitBytes) return lose(batch.length);
    // A full disk may have taken the start of a line.
    const end = isTorn ? '\n' : '';
    output.write(end + batch.join(''), (error) => {
      isTorn = error instanceof Error;
      if (isTorn) return lose(batch.length);
      if (unreported === 0) return;
      watcher?.onWrittenAgain(unreported);
      unreported = 0;
    });
  }

  process.once('exit', writeAll);
  return {
    write: (line) => {
      if (lines.push(line) === 1) setImmediate(writeAll);
    },
    flush: (withinMs = flushWithinMs) =>
      new Promise((resolve) => {
        writeAll();
        setTimeout(resolve, withinMs).unref();
        output.write('', () => resolve());
      }),
    watch: (added) => {
      watcher = added;
      if (unreported > 0) watcher.onLost(unreported);
    },
  };
}
