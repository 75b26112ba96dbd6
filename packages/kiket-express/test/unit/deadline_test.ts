import { getEventListeners, getMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { budgetMs, Deadline, untilAborted } from '../../src/deadline.ts';
import { DeliveryError } from '../../src/errors.ts';
import { defer } from '../support/defer.ts';

describe('the budget of a handler', () => {
  test.each([
    [undefined, 8_500],
    [60_000, 8_500],
    [8_000, 6_500],
    [1_551, 51],
    [1_550, 50],
    [1_549, 50],
  ])('when Kiket waits %s ms is %d ms', (timeoutMs, budget) => {
    expect(budgetMs(timeoutMs)).toBe(budget);
  });
});

describe('a deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('aborts its signal when the time is over, and says why', () => {
    const { signal } = new Deadline(100);
    vi.advanceTimersByTime(99);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toEqual(new DeliveryError('deadline_exceeded'));
  });

  test('may be waited for by any number, without a warning from Node.js', () => {
    expect(getMaxListeners(new Deadline(100).signal)).toBe(Infinity);
  });

  test.each([0, -5])('of %d ms is over at once', (milliseconds) => {
    const { signal } = new Deadline(milliseconds);
    vi.advanceTimersByTime(0);
    expect(signal.aborted).toBe(true);
  });

  test('that is cleared never aborts and leaves no timer behind', () => {
    const deadline = new Deadline(100);
    const { signal } = deadline;
    deadline.clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(signal.aborted).toBe(false);
  });
});

describe('waiting until a signal aborts', () => {
  const reason = new DeliveryError('deadline_exceeded');

  test('gives what the work gives, and throws what it throws', async () => {
    const { signal } = new AbortController();
    await expect(untilAborted(Promise.resolve('done'), signal)).resolves.toBe('done');
    await expect(untilAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow(new Error('broken'));
  });

  test('throws the reason if the signal has aborted already', async () => {
    await expect(untilAborted(new Promise(() => {}), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test('does not mind what becomes of the work after that', async () => {
    const controller = new AbortController();
    const work = defer();
    const waiting = untilAborted(work.promise, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    // Vitest fails the run if nobody takes this.
    work.reject(new Error('too late'));
    await expect(work.promise).rejects.toThrow(new Error('too late'));
  });

  test.each([
    ['is done', () => Promise.resolve()],
    ['fails', () => Promise.reject(new Error('broken'))],
  ])('does not listen any longer when the work %s', async (_how, work) => {
    const { signal } = new AbortController();
    const waiting = untilAborted(work(), signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await waiting.catch(() => {});
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
