// The start of `node dist/index.js`: runs the build next to it, server.cjs, with V8's cached code.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

// It's built as CommonJS, which has these two.
const folder = __dirname;
const filename = join(folder, 'server.cjs');

// Node maps stacks to sources only in code it compiles itself.
if (process.sourceMapsEnabled) require(filename);
else runCompiled();

/**
 * Compiling takes 50 to 80 ms of the startup. Node's own compile cache (22.8 and later) only saves 15 of them, because
 * it's created before anything runs, without lazily compiled functions.
 */
function runCompiled(): void {
  const cacheFile = join(folder, 'server.cache');
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'utf8')}\n})`;
  const script = new Script(wrapped, {
    filename,
    cachedData: isNewer(cacheFile) ? readFileSync(cacheFile) : undefined,
  });
  // The build runs it once this way.
  if (process.argv.includes('--write-cache')) {
    process.once('exit', () => writeFileSync(cacheFile, script.createCachedData()));
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, filename, folder);
}

/** V8 rejects the cache of another version, but only compares the length of the source. */
function isNewer(cacheFile: string): boolean {
  const { mtimeMs = 0 } = statSync(cacheFile, { throwIfNoEntry: false }) ?? {};
  return mtimeMs > statSync(filename).mtimeMs;
}
