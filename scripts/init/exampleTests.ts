import type { Example } from './examples.ts';

/** File of tests → example → titles of those that need it; `*` is the whole file. */
export const exampleTests: Readonly<Record<string, Readonly<Partial<Record<Example, readonly string[]>>>>> = {};
