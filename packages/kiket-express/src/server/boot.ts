// What `node dist/index.js` begins with: runs the build beside it, server.cjs, with what V8 made of it before.

// Not imported: for what a module imports of Node, Node first reads every export, and so loads streams and promises.
const fs = process.getBuiltinModule('node:fs');
const path = process.getBuiltinModule('node:path');

const folder = import.meta.dirname;
const filename = path.join(folder, 'server.cjs');
const require = process.getBuiltinModule('node:module').createRequire(filename);

// Node maps stacks to the sources only in what it compiles itself.
if (process.sourceMapsEnabled) require(filename);
else runCompiled();

/**
 * Compiling takes 50 to 80 ms of a start. Node's own compile cache (22.8 and later) spares 15 of them, because it is made
 * before anything has run: functions that are compiled when they are called are not in it.
 */
function runCompiled(): void {
  const vm = process.getBuiltinModule('node:vm');
  const cacheFile = path.join(folder, 'server.cache');
  // The bundle is ASCII, which is read faster like this.
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(filename, 'latin1')}\n})`;
  const script = new vm.Script(wrapped, {
    filename,
    cachedData: isNewer(cacheFile) ? fs.readFileSync(cacheFile) : undefined,
  });
  // The build runs it once like this.
  if (process.argv.includes('--write-cache')) {
    process.once('exit', () => fs.writeFileSync(cacheFile, script.createCachedData()));
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, filename, folder);
}

/** V8 refuses what another version made, but of the source it compares nothing but the length. */
function isNewer(cacheFile: string): boolean {
  const { mtimeMs = 0 } = fs.statSync(cacheFile, { throwIfNoEntry: false }) ?? {};
  return mtimeMs > fs.statSync(filename).mtimeMs;
}
