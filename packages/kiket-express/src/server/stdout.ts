import type { DestinationStream } from 'pino';

/** Standard output for the log. Nothing that is wrong with it stops the process or throws. */
export interface LogOutput extends DestinationStream {
  /** Waits until everything has been written or lost, but for so many milliseconds at most. Never throws. */
  flush: (withinMs?: number) => Promise<void>;
  /** Names who is told how many lines could not be written, each time; also about those that were lost before. */
  onLost: (tell: (lines: number) => void) => void;
}

/** How much of the log waits for its reader, in bytes. What is written then is lost, and nobody waits. */
const waitingLimitBytes = 16 * 1024 * 1024;

/** How long a stop waits for the log's reader, in milliseconds. */
const flushWithinMs = 1_000;

/**
 * Writes log lines to a stream that may break: on a full disk, on a terminal or a pipe that is closed, on a pipe that nobody
 * reads. Lines are lost then, and counted. As soon as lines can be written again, the first one says how many were lost.
 *
 * The lines of one turn of the event loop are written together, at its end; `kill -9` may lose those.
 *
 * @param output must not destroy itself when a write fails, as Node's own standard streams don't
 */
export function openLogOutput(output: NodeJS.WriteStream = process.stdout): LogOutput {
  let lines: string[] = [];
  let unreported = 0;
  let tellLost: ((lines: number) => void) | undefined;
  let lostBefore = 0;
  // What went wrong is told to whoever wrote, below. Without a listener it would end the process.
  output.on('error', () => {});

  function lose(count: number): void {
    unreported += count;
    if (tellLost === undefined) lostBefore += count;
    else tellLost(count);
  }

  function writeAll(): void {
    const batch = lines;
    lines = [];
    if (batch.length === 0) return;
    if (output.writableLength > waitingLimitBytes) return lose(batch.length);
    const reported = unreported;
    unreported = 0;
    // A line that ended in the middle ends here.
    const notice = reported === 0 ? '' : `\n${lostLine(reported)}`;
    output.write(notice + batch.join(''), (error) => {
      if (error === undefined || error === null) return;
      unreported += reported;
      lose(batch.length);
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
    onLost: (tell) => {
      tellLost = tell;
      if (lostBefore > 0) tell(lostBefore);
      lostBefore = 0;
    },
  };
}

function lostLine(lines: number): string {
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), lines, msg: 'log lines were lost' })}\n`;
}
