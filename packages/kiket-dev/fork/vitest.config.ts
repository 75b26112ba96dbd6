import { defineConfig } from 'vitest/config';

// https://vitest.dev/config/
export default defineConfig({
  test: {
    include: ['test/**/*_test.ts'],
    // The tests share no state, so each worker loads every module once.
    isolate: false,
    // In milliseconds. Long enough for a busy machine, short enough to catch a hanging test.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
