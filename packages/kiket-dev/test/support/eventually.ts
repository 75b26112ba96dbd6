import { TestRunner, vi } from 'vitest';

/**
 * Waits until an assertion holds, for what no event announces. It has nearly as long as the test itself: a busy machine takes
 * as long as it takes, and a failure still says what did not hold.
 */
export function eventually<Value>(assertion: () => Value | Promise<Value>): Promise<Value> {
  const limitMs = TestRunner.getCurrentTest()?.timeout ?? 0;
  return vi.waitFor(assertion, { timeout: limitMs * 0.9, interval: 20 });
}
