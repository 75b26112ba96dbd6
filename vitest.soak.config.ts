import { defineConfig } from 'vitest/config';

// What takes too long to run on every save: `npm run test:soak`. https://vitest.dev/config/
export default defineConfig({
  test: {
    include: ['test/soak/**/*_test.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/postgres.ts'],
    // One after the other, so that they measure the server and not each other.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
