import { defineConfig } from 'vitest/config';

// https://vitest.dev/config/
export default defineConfig({
  test: {
    // Named so that `kiket extensions doctor` counts them.
    include: ['test/**/*_test.ts'],
    // Run by scripts of their own.
    exclude: ['test/browser/**', 'test/fork/**', 'test/soak/**'],
    globalSetup: ['test/support/build.ts', 'test/support/postgres.ts'],
    // Many tests wait for processes of their own, so that every core can have a worker.
    maxWorkers: '100%',
    // No test is about time: what hangs fails, and a busy machine takes as long as it takes.
    testTimeout: 30_000,
    coverage: {
      include: ['src/**'],
      reporter: ['text', 'lcov'],
      // What runs in a process of its own, such as src/index.ts, is tested but not counted.
      thresholds: { statements: 95, branches: 93 },
    },
  },
});
