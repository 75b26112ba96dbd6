import { defineConfig } from 'vitest/config';

/** How long tests, hooks and what they wait for may take, in milliseconds: what hangs fails, and a busy machine takes its time. */
const patience = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
};

/** Nobody's own git settings change a test; a folder that belongs to somebody else is read as well. */
const env = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
};

/** One kind of tests: the files of some folders of `test/`, named `*_test.ts` so that `kiket extensions doctor` counts them. */
const project = (name: string, folders: readonly string[], options: object = {}) => ({
  test: { name, include: folders.map((folder) => `test/${folder}/**/*_test.ts`), env, ...patience, ...options },
});

/** One file after the other, when the kinds before it are through. */
const alone = (groupOrder: number) => ({ maxWorkers: 1, sequence: { groupOrder } });

// `npm test` runs the first, `npm run test:slow` all others, `npx vitest run --project browser` one.
// https://vitest.dev/guide/projects
export default defineConfig({
  test: {
    teardownTimeout: 120_000,
    // A fork without the sandbox has nothing for the browser.
    passWithNoTests: true,
    projects: [
      // These share nothing that one could leave behind, so that each worker loads every module once.
      project('quick', ['unit', 'property', 'component', 'contract', 'e2e'], {
        isolate: false,
        maxWorkers: '100%',
        globalSetup: ['test/support/postgres.ts'],
      }),
      // Processes of their own, as they are started and built for real.
      project('slow', ['slow'], {
        maxWorkers: '100%',
        sequence: { groupOrder: 1 },
        globalSetup: ['test/support/build.ts', 'test/support/postgres.ts'],
      }),
      // They measure the server, and not each other.
      project('soak', ['soak'], { ...alone(2), globalSetup: ['test/support/build.ts', 'test/support/postgres.ts'] }),
      // What a person sees and does in a browser, one for each worker.
      project('browser', ['browser'], {
        isolate: false,
        maxWorkers: '100%',
        sequence: { groupOrder: 3 },
        globalSetup: ['test/support/sandboxChromium.ts'],
      }),
      // Each fork runs lint, tests and replay of its own, on every core.
      project('fork', ['fork'], { ...alone(4), testTimeout: 1_200_000 }),
    ],
    coverage: {
      include: ['src/**'],
      reporter: ['text', 'lcov'],
      // What runs in a process of its own, such as src/index.ts, is tested but not counted.
      thresholds: { statements: 95, branches: 93 },
    },
  },
});
