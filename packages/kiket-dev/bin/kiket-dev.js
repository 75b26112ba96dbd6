#!/usr/bin/env node
// Runs the sources in the template, else the build. Going back from `init` leaves a build beside them, which git ignores.
import { existsSync } from 'node:fs';

const sources = new URL('../src/cli.ts', import.meta.url);
const isBuilt = !existsSync(sources);
// Node 20 doesn't strip types.
if (!isBuilt && !('typescript' in process.features && process.features.typescript)) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { run } = await import((isBuilt ? new URL('../dist/cli.js', import.meta.url) : sources).href);
await run();
