import { defineConfig } from 'vitest/config';

// Forks, each with its own lint, tests and replay: `npm run test:fork`. https://vitest.dev/config/
export default defineConfig({
  test: {
    include: ['test/fork/**/*_test.ts'],
    // One after the other: each runs tests of its own on every core.
    fileParallelism: false,
    // Its progress is what the commands in a fork print, as they print it.
    reporters: ['verbose'],
    testTimeout: 1_200_000,
    hookTimeout: 60_000,
  },
});
