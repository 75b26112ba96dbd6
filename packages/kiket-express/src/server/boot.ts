// The start of `node dist/index.js`: runs the build next to it, server.cjs, with V8's cached code.
import { hash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
  const source = readFileSync(filename, 'utf8');
  // V8 rejects the cache of another version, but only compares the length of the source.
  const sum = hash('sha256', source);
  const [kept, cachedData] = readCache(cacheFile, sum.length);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename,
    cachedData: kept === sum ? cachedData : undefined,
  });
  // The build runs it once this way.
  if (process.argv.includes('--write-cache')) {
    process.once('exit', () => writeFileSync(cacheFile, Buffer.concat([Buffer.from(sum), script.createCachedData()])));
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, filename, folder);
}

/** The checksum of the source that the cache is of, and the cache. */
function readCache(cacheFile: string, length: number): [string?, Buffer?] {
  if (!existsSync(cacheFile)) return [];
  const content = readFileSync(cacheFile);
  return [content.toString('latin1', 0, length), content.subarray(length)];
}
