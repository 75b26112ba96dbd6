import type { Example } from './examples.ts';

/** Titles of tests by the example that they need; `shared` is what goes with the last of several, `*` the whole file. */
type Needs = Readonly<Partial<Record<Example | 'shared', readonly string[]>>>;

/** The tests that are about examples, by file. A test that needs two of them goes with either. */
export const exampleTests: Readonly<Record<string, Needs>> = {};
