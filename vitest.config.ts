import { existsSync } from 'node:fs';
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

/** One kind of tests, named `*_test.ts` so that `kiket extensions doctor` counts them. */
const project = (name: string, include: readonly string[], options: object = {}) => ({
  test: { name, include: include.map((folder) => `${folder}/**/*_test.ts`), env, ...patience, ...options },
});

/** The folders of this name that the packages have. */
const ofPackages = (name: string) => [`packages/*/test/${name}`];

/** What runs once before all tests of a kind. A fork has none of it. */
const before = (...names: string[]) => ({
  globalSetup: names.map((name) => `packages/${name}.ts`).filter((path) => existsSync(path)),
});

const postgres = 'kiket-express/test/support/postgres';
const builds = ['kiket-express/test/support/build', 'kiket-dev/test/support/build'];

/** One file after the other, when the kinds before it are through. */
const alone = (groupOrder: number) => ({ maxWorkers: 1, sequence: { groupOrder } });

// `npm test` runs the first, `npm run test:slow` all others, `npx vitest run --project browser` one.
// https://vitest.dev/guide/projects
export default defineConfig({
  test: {
    teardownTimeout: 120_000,
    passWithNoTests: true,
    projects: [
      // These share nothing that one could leave behind, so that each worker loads every module once.
      project('quick', ['test', ...ofPackages('{unit,property,component,contract,e2e}')], {
        isolate: false,
        maxWorkers: '100%',
        ...before(postgres),
      }),
      // Processes of their own, as they are started and built for real.
      project('slow', ofPackages('slow'), {
        maxWorkers: '100%',
        sequence: { groupOrder: 1 },
        ...before(...builds, postgres),
      }),
      // They measure the server, and not each other.
      project('soak', ofPackages('soak'), { ...alone(2), ...before(...builds, postgres) }),
      // What a person sees and does in a browser, one for each worker.
      project('browser', ofPackages('browser'), {
        isolate: false,
        maxWorkers: '100%',
        sequence: { groupOrder: 3 },
        ...before('kiket-dev/test/support/sandboxChromium'),
      }),
    ],
    coverage: {
      // The pattern finds every src/; the tool's runs in processes, too.
      include: ['src/**'],
      exclude: ['packages/kiket-dev/**', '**/test/**'],
      reporter: ['text', 'lcov'],
      // What runs in a process of its own, such as src/index.ts, is tested but not counted.
      thresholds: { statements: 95, branches: 93 },
    },
  },
});
