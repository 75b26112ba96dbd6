// npm run build: one file with its source map. JavaScript, because it also runs where only production dependencies are.
// https://esbuild.github.io/api/
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'dist', 'index.js');

if (!process.argv.includes('--if-stale') || isStale()) {
  await build({
    entryPoints: [join(root, 'src', 'index.ts')],
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
}

/** Whether something that goes into the build is newer than the build. */
function isStale() {
  if (!existsSync(output)) return true;
  const builtAt = statSync(output).mtimeMs;
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((name) =>
    join('src', name),
  );
  return [...sources, 'package-lock.json'].some((name) => statSync(join(root, name)).mtimeMs > builtAt);
}
