import { defineConfig } from 'vitest/config';

// What a person sees and does in a browser: `npm run test:browser`. https://vitest.dev/config/
export default defineConfig({
  test: {
    include: ['test/browser/**/*_test.ts'],
    globalSetup: ['test/support/sandboxChromium.ts'],
    // A fork without the sandbox has none.
    passWithNoTests: true,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
