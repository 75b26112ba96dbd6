import { Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { openLogOutput } from '../../src/server/stdout.ts';

/** A standard output that works, fails or stands still, as it is told. Like Node's own, it is not destroyed by an error. */
function createOutput() {
  let state: 'works' | 'fails' | 'stalls' = 'works';
  let written = '';
  let waiting: (() => void) | undefined;
  const output = new Writable({
    autoDestroy: false,
    decodeStrings: false,
    highWaterMark: 1,
    write: (chunk: string, _encoding, done) => {
      const finish = () => {
        if (state === 'works') written += chunk;
        done();
      };
      if (state === 'stalls') waiting = finish;
      else if (state === 'fails') failWrite(output, done);
      else finish();
    },
  });
  return {
    output: output as unknown as NodeJS.WriteStream,
    set: (next: typeof state) => {
      state = next;
      if (next === 'works') waiting?.();
    },
    lines: () =>
      written
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** As Node's standard streams fail: every write does, and the next one is tried all the same. */
function failWrite(output: Writable, done: (error?: Error | null) => void): void {
  const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  done(error);
  // What `dummyDestroy` does for them.
  setImmediate(() => (output as Writable & Record<string, () => void>)['_undestroy']?.());
}

const line = (number: number, text = '') => `${JSON.stringify({ number, text })}\n`;
const nextTurn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the output of the log', () => {
  test('waits for no terminal, which Ctrl-S can stop', () => {
    const { output } = createOutput();
    const setBlocking = vi.fn<(isBlocking: boolean) => void>();
    openLogOutput(Object.assign(output, { isTTY: true, _handle: { setBlocking } }));
    expect(setBlocking.mock.calls).toEqual([[false]]);
  });

  test('has every line in its order, and at once those that are flushed', async () => {
    const { output, lines } = createOutput();
    const log = openLogOutput(output);
    log.write(line(1));
    log.write(line(2));
    await log.flush();
    expect(lines().map(({ number }) => number)).toEqual([1, 2]);
    log.write(line(3));
    await nextTurn();
    expect(lines()).toHaveLength(3);
  });

  test('loses what cannot be written, counts it, and says so as soon as it can', async () => {
    const { output, set, lines } = createOutput();
    const log = openLogOutput(output);
    const lost: number[] = [];
    const again: number[] = [];
    set('fails');
    log.write(line(1));
    log.write(line(2));
    await nextTurn();
    log.watch({ onLost: (count) => lost.push(count), onWrittenAgain: (count) => again.push(count) });
    log.write(line(3));
    await nextTurn();
    expect([lost, again]).toEqual([[2, 1], []]);
    set('works');
    log.write(line(4));
    log.write(line(5));
    await log.flush();
    log.write(line(6));
    await log.flush();
    expect(lines().map(({ number }) => number)).toEqual([4, 5, 6]);
    expect([lost, again]).toEqual([[2, 1], [3]]);
  });

  test('keeps 16 MiB for a reader who does not read, loses the rest, and waits no longer than it should', async () => {
    const { output, set, lines } = createOutput();
    const log = openLogOutput(output);
    let [lost, again] = [0, 0];
    log.watch({ onLost: (count) => (lost += count), onWrittenAgain: (count) => (again += count) });
    set('stalls');
    for (let number = 0; number < 40; number += 1) {
      log.write(line(number, 'x'.repeat(1024 * 1024)));
      await nextTurn();
    }
    expect(lost).toBe(40 - 16);
    await log.flush(1);
    set('works');
    log.write(line(40));
    await log.flush();
    expect([lines().length, lost, again]).toEqual([16 + 1, 24, 24]);
  });
});
