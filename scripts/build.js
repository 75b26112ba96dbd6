// npm run build: one file with its source map. JavaScript, because it also runs where only production dependencies are.
// `npm run build -- lambda` and `npm run build -- vercel` build what runs there; they need all dependencies.
// https://esbuild.github.io/api/
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name = 'index'] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const output = join(root, 'dist', `${name}.js`);

if (!['index', 'lambda', 'vercel'].includes(name)) {
  process.stderr.write(`There is nothing called ${name} to build. Write npm run build, with -- lambda or -- vercel.\n`);
  process.exit(2);
}
if (!process.argv.includes('--if-stale') || isStale()) {
  await build({
    entryPoints: [join(root, 'src', `${name}.ts`)],
    outfile: output,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: true,
    // libsql has a native part, which stays in node_modules; pg would use the other two if they were there.
    external: ['libsql', 'pg-native', 'cloudflare:sockets'],
    // Bundled CommonJS packages call require(), which an ES module does not have.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  if (name === 'vercel') writeVercelOutput();
}

/** Whether something that goes into the build is newer than the build. */
function isStale() {
  if (!existsSync(output)) return true;
  const builtAt = statSync(output).mtimeMs;
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((path) =>
    join('src', path),
  );
  return [...sources, 'package-lock.json'].some((path) => statSync(join(root, path)).mtimeMs > builtAt);
}

/** Writes what Vercel deploys, one function for every path: https://vercel.com/docs/build-output-api */
function writeVercelOutput() {
  const folder = join(root, '.vercel', 'output');
  const target = join(folder, 'functions', 'guardian.func');
  rmSync(folder, { recursive: true, force: true });
  for (const file of ['dist/vercel.js', '.kiket/manifest.yaml', 'package.json']) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(root, file), join(target, file));
  }
  const config = { version: 3, routes: [{ src: '/.*', dest: '/guardian' }] };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config, null, 2));
  // Helpers would read the body, and the signature covers it as it came.
  const runs = { runtime: 'nodejs22.x', handler: 'dist/vercel.js', launcherType: 'Nodejs', shouldAddHelpers: false };
  writeFileSync(join(target, '.vc-config.json'), JSON.stringify({ ...runs, maxDuration: 15 }, null, 2));
}
