import { defineConfig } from 'vitest/config';

// https://vitest.dev/config/
export default defineConfig({
  test: {
    include: ['test/**/*_test.ts'],
    // The tests share nothing that one could leave behind, so that each worker loads every module once.
    isolate: false,
    // In milliseconds: what hangs fails, and a busy machine takes its time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
