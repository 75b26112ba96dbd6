#!/usr/bin/env node
// Runs the build, or the sources in the template, which has no build.
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli.js', import.meta.url);
const isBuilt = existsSync(built);
// Node 20 doesn't strip types.
if (!isBuilt && !('typescript' in process.features && process.features.typescript)) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { run } = await import((isBuilt ? built : new URL('../src/cli.ts', import.meta.url)).href);
await run();
