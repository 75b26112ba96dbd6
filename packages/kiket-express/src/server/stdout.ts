import type { DestinationStream } from 'pino';

/** Who is told what became of the log. */
export interface LogWatcher {
  /** So many lines could not be written. */
  onLost: (lines: number) => void;
  /** Lines can be written again, and so many were lost meanwhile. */
  onWrittenAgain: (lines: number) => void;
}

/** Standard output for the log. Nothing that is wrong with it stops the process or throws. */
export interface LogOutput extends DestinationStream {
  /** Waits until everything has been written or lost, but for so many milliseconds at most. Never throws. */
  flush: (withinMs?: number) => Promise<void>;
  /** Names who is told; also about what was lost before. */
  watch: (watcher: LogWatcher) => void;
}

/** How much of the log waits for its reader, in bytes. What is written then is lost, and nobody waits. */
const waitingLimitBytes = 16 * 1024 * 1024;

/** How long a stop waits for the log's reader, in milliseconds. */
const flushWithinMs = 1_000;

/**
 * Writes log lines to a stream that may break: on a full disk, on a terminal or a pipe that is closed, on a pipe that nobody
 * reads. Lines are lost then, and counted.
 *
 * The lines of one turn of the event loop are written together, at its end; `kill -9` may lose those.
 *
 * @param output must not destroy itself when a write fails, as Node's own standard streams don't
 */
export function openLogOutput(output: NodeJS.WriteStream = process.stdout): LogOutput {
  let lines: string[] = [];
  let watcher: LogWatcher | undefined;
  let unreported = 0;
  let isTorn = false;
  // What went wrong is told to whoever wrote, below. Without a listener it would end the process.
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
    // A disk that became full has taken the beginning of a line.
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
