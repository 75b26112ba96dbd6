// Builds the extension in this folder: src/index.ts, or with an argument src/lambda.ts or src/vercel.ts, into dist/.
// JavaScript, because it also runs where only production dependencies are. https://esbuild.github.io/api/
import { spawn } from 'node:child_process';
import { createHmac, hash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { build, transform } from 'esbuild';
import { parseDocument, visit } from 'yaml';

// Bundled CommonJS packages call require(), which an ES module does not have.
const requireInModules = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const root = process.cwd();
const library = dirname(fileURLToPath(import.meta.url));
const [name = 'index'] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const entry = join(root, 'src', `${name}.ts`);
const isServer = name === 'index';
// CommonJS, because Node's loader of modules takes a tenth of a start.
const output = join(root, 'dist', `${name}.${isServer ? 'js' : 'mjs'}`);
const oldestNode = 'node20.19';

/**
 * What Express, pino and prom-client load and no delivery uses: sending files, reading other bodies, HTTPS, threads. It is in the
 * build, and loaded when something calls it; a start takes a sixth less. Each one is a function or a class, or is read only in calls.
 */
const deferred =
  /^(?:mime-types|@opentelemetry\/api|qs|send|serve-static|raw-body|\.\.\/read|\.\/(?:lib\/)?transport|\.\/lib\/(?:cluster|defaultMetrics|pushgateway|summary))$/;

/**
 * The same of this library, by file without its ending: functions that few deliveries call.
 *
 * @type {Readonly<Record<string, string>>}
 */
const deferredFunctions = {
  'client/endpoints': 'createEndpoints',
  'schedule/interval': 'readInterval',
  'schedule/recurrence': 'readRecurrence',
  'schedule/weekly': 'readWeekly',
};

/**
 * esbuild escapes all that is not ASCII, but for what is in regular expressions. With a single letter of another kind, V8 keeps the
 * whole bundle in twice the memory.
 *
 * @param {string} unit
 */
const escape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Whether names in a file show up in logs and stacks: this extension's functions and classes, and every error.
 *
 * @param {string} path
 */
function keepsNames(path) {
  const isOwn = !/node_modules[/\\]/.test(path) && !/^(?:src|dist)[/\\]/.test(relative(library, path));
  return isOwn || /(?:errors?|conflict|messages|scopes)\.[jt]s$/i.test(path);
}

/**
 * The rest of the library and of packages is minified: a function that keeps its name is given it whenever it is made. To do that for
 * all took a fifteenth of a start, a tenth of every delivery and 15 MiB.
 *
 * @type {import('esbuild').Plugin}
 */
const keepNames = {
  name: 'keep-names',
  setup(bundler) {
    bundler.onLoad({ filter: /\.[jt]s$/ }, async ({ path }) => {
      if (/node_modules[/\\](?!kiket-express[/\\])/.test(path) && !keepsNames(path)) return undefined;
      try {
        const { code } = await transform(readFileSync(path, 'utf8'), {
          loader: path.endsWith('.ts') ? 'ts' : 'js',
          keepNames: keepsNames(path),
          sourcemap: 'inline',
          sourcefile: path,
          target: oldestNode,
        });
        return { contents: code.replaceAll(/[^\0-\x7f]/g, escape) };
      } catch (error) {
        // esbuild would print the stack of a thrown error.
        const { errors, message } = /** @type {import('esbuild').TransformFailure} */ (error);
        return { errors: errors ?? [{ text: `${message}. Give the user that runs the build read access.` }] };
      }
    });
  },
};

/** @type {import('esbuild').Plugin} */
const deferPackages = {
  name: 'defer-packages',
  setup(bundler) {
    const importers = /node_modules[/\\](?:accepts|body-parser|express|pino|prom-client|raw-body|send|type-is)[/\\]/;
    bundler.onResolve({ filter: deferred }, ({ path, importer, resolveDir, namespace }) => {
      if (namespace === 'deferred' || !importers.test(importer)) return undefined;
      return { path: `${resolveDir}#${path}`, namespace: 'deferred', pluginData: { path, resolveDir } };
    });
    bundler.onLoad({ filter: /./, namespace: 'deferred' }, ({ pluginData: { path, resolveDir } }) => ({
      contents: `const load = () => require(${JSON.stringify(path)});
        module.exports = new Proxy(function () {}, {
          apply: (_, self, given) => Reflect.apply(load(), self, given),
          construct: (_, given) => Reflect.construct(load(), given),
          get: (_, name) => load()[name],
        });`,
      resolveDir,
    }));
    bundler.onResolve({ filter: /^\.\.?\/.*\.[jt]s$/ }, ({ path, resolveDir, namespace }) => {
      const file = join(resolveDir, path);
      const [, place = ''] = /^(?:src|dist)\/(.*)\.[jt]s$/.exec(relative(library, file).replaceAll('\\', '/')) ?? [];
      const called = namespace === 'file' ? deferredFunctions[place] : undefined;
      if (called === undefined) return undefined;
      return { path: file, namespace: 'deferred-function', pluginData: { called, resolveDir } };
    });
    bundler.onLoad({ filter: /./, namespace: 'deferred-function' }, ({ path, pluginData: { called, resolveDir } }) => ({
      contents: `export const ${called} = (...given) => require(${JSON.stringify(path)}).${called}(...given);`,
      resolveDir,
    }));
    // What is found by its name when it is needed, and else does without: tables of Chinese, Japanese and Korean characters
    // (Express answers 415), and prom-client's exemplars.
    bundler.onResolve({ filter: /^\.\/tables\/|^@opentelemetry\/api$/ }, ({ path, namespace }) => {
      // An app's own use of it is bundled.
      if (path.startsWith('@') && namespace !== 'deferred') return undefined;
      return { path: path.replace('./', 'iconv-lite/encodings/'), external: true };
    });
    // libsql asks for a report of the whole process, 7 ms, to learn which C library it has, and then asks detect-libc anyway,
    // which reads one file.
    bundler.onLoad({ filter: /@neon-rs[/\\]load[/\\]dist[/\\]index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace('process.report?.getReport()', 'undefined'),
    }));
    // Of 2,500 types, only those that a file or a text can have.
    bundler.onLoad({ filter: /mime-db[/\\]db\.json$/ }, ({ path }) => ({
      contents: JSON.stringify(JSON.parse(readFileSync(path, 'utf8')), (key, value) =>
        key !== 'compressible' && (value.source === undefined || value.extensions || value.charset) ? value : undefined,
      ),
      loader: 'json',
    }));
  },
};

process.on('uncaughtException', (error) => {
  // esbuild has already printed errors that come in a list.
  if (!('errors' in error)) process.stderr.write(`The build failed. ${error.message}\n`);
  process.exit(1);
});
if (!['index', 'lambda', 'vercel'].includes(name)) {
  process.stderr.write(
    `Unknown entry "${name}". Run npm run build, npm run build -- lambda or npm run build -- vercel.\n`,
  );
  process.exit(2);
}
if (!existsSync(entry)) {
  process.stderr.write(`src/${name}.ts is missing in ${root}. See kiket-express/docs/${name}.md.\n`);
  process.exit(2);
}
if (!process.argv.includes('--if-stale') || isStale()) {
  if (isServer) await buildServer();
  else {
    const footer = { js: `// ${hashSources()}` };
    await bundle(entry, { format: 'esm', outfile: output, banner: { js: requireInModules }, footer });
  }
  if (name === 'vercel') writeVercelOutput();
}

/**
 * Builds one of the entries.
 *
 * @param {string} from
 * @param {import('esbuild').BuildOptions} options
 */
async function bundle(from, options) {
  await build({
    entryPoints: [from],
    bundle: true,
    platform: 'node',
    target: oldestNode,
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    // yaml's build for browsers has ES modules, so unused code is left out.
    alias: { yaml: join(dirname(fileURLToPath(import.meta.resolve('yaml/package.json'))), 'browser', 'index.js') },
    // pg would use them if they were there. libsql finds its native part in node_modules, by its name.
    external: ['pg-native', 'cloudflare:sockets'],
    plugins: [deferPackages, keepNames],
    logLevel: 'warning',
    ...options,
    define: { builtManifest: JSON.stringify(readManifest()) ?? 'undefined', ...options.define },
  });
}

/**
 * The manifest as values: to parse YAML takes a third of a start. A file that has changed since is parsed again.
 *
 * @returns {{ sha256: string; json: string } | undefined}
 */
function readManifest() {
  const path = ['.kiket/manifest.yaml', 'extension.yaml']
    .map((file) => join(root, file))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (path === undefined) return undefined;
  const text = readFileSync(path, 'utf8');
  try {
    const document = parseDocument(text, { merge: true });
    if (document.errors.length > 0) return undefined;
    let isPlain = true;
    visit(document, {
      Scalar: (_key, { value, source }) => {
        if (typeof value === 'number' && !(Number.isSafeInteger(value) && String(value) === source)) isPlain = false;
      },
    });
    // manifest.ts keeps some numbers as they're written, so the start reads those manifests itself.
    if (!isPlain) return undefined;
    /** @type {unknown} */
    const value = document.toJS();
    const json = JSON.stringify(value);
    return isDeepStrictEqual(JSON.parse(json), value) ? { sha256: hash('sha256', text), json } : undefined;
  } catch {
    // The start reports what is wrong with it, and where.
    return undefined;
  }
}

/** Builds what `node dist/index.js` runs: boot.ts, the server as a script, and what V8 makes of that. */
async function buildServer() {
  // Before it's bundled: what is saved meanwhile is for the next build.
  const sources = hashSources();
  rmSync(join(root, 'dist', 'server.cache'), { force: true });
  await bundle(entry, {
    format: 'cjs',
    outfile: join(root, 'dist', 'server.cjs'),
    // A script has no import.meta, and can't import() what V8 kept of it.
    banner: { js: "const scriptUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'scriptUrl' },
    supported: { 'dynamic-import': false },
  });
  await bundle(bootEntry(), {
    format: 'cjs',
    outfile: output,
    sourcemap: false,
    footer: { js: `// ${sources}` },
  });
  writeFileSync(join(root, 'dist', 'package.json'), '{ "type": "commonjs" }\n');
  await writeCache();
}

/** Where this library has boot.ts: built in a fork, as its source in the template. */
function bootEntry() {
  const built = join(library, 'dist', 'server', 'boot.js');
  return existsSync(built) ? built : join(library, 'src', 'server', 'boot.ts');
}

/**
 * Runs the server once, so that dist/ gets what V8 made of it. If that fails, or a different Node runs it later, it starts
 * slower and works the same.
 */
async function writeCache() {
  const secret = randomBytes(16).toString('hex');
  const env = {
    ...process.env,
    DATABASE_URL: 'file::memory:',
    HOST: '127.0.0.1',
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    KIKET_WEBHOOK_SECRET: secret,
    LOG_LEVEL: 'fatal',
    NODE_ENV: 'development',
    PORT: '0',
  };
  const child = spawn(process.execPath, [output, '--write-cache'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 10_000,
  });
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ line) => {
    const [url] = /http:\S+\/webhook/.exec(line) ?? [];
    if (url === undefined) return;
    // Nobody listens to it, so it compiles most of what answers a delivery, and runs nothing of the extension's.
    const body = JSON.stringify({ event: 'build.finished', issue: { id: 1, key: 'A-1', status: 'open' } });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    const headers = {
      'Content-Type': 'application/json',
      'X-Kiket-Timestamp': timestamp,
      'X-Kiket-Signature': signature,
    };
    const answered = fetch(url, { method: 'POST', body, headers });
    void answered.catch(() => {}).then(() => child.kill());
  });
  await new Promise((resolve) => {
    child.once('error', resolve).once('exit', resolve);
  });
}

/** Whether the build is of other sources. */
function isStale() {
  return !existsSync(output) || !readFileSync(output, 'utf8').includes(hashSources());
}

/** A checksum of what goes into the build. Times don't tell: a deployment can keep those of another machine. */
function hashSources() {
  const folders = [join(root, 'src'), join(library, existsSync(join(library, 'dist')) ? 'dist' : 'src')];
  const parts = folders.flatMap((folder) => {
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
    return paths.map((path) => `${path.replaceAll('\\', '/')} ${hashFile(join(folder, path))}`);
  });
  return hash('sha256', [...parts, hashFile(join(root, 'package-lock.json'))].join('\n'));
}

/** @param {string} path */
function hashFile(path) {
  try {
    return hash('sha256', readFileSync(path));
  } catch {
    // A folder, or there is none. What can't be read is reported when it's built.
    return '';
  }
}

/** Writes what Vercel deploys, one function for every path: https://vercel.com/docs/build-output-api */
function writeVercelOutput() {
  const folder = join(root, '.vercel', 'output');
  const target = join(folder, 'functions', 'guardian.func');
  rmSync(folder, { recursive: true, force: true });
  for (const file of ['dist/vercel.mjs', '.kiket/manifest.yaml', 'package.json']) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(root, file), join(target, file));
  }
  const config = { version: 3, routes: [{ src: '/.*', dest: '/guardian' }] };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config, null, 2));
  // Helpers would read the body, and the signature covers it as it came.
  const runs = { runtime: 'nodejs22.x', handler: 'dist/vercel.mjs', launcherType: 'Nodejs', shouldAddHelpers: false };
  writeFileSync(join(target, '.vc-config.json'), JSON.stringify({ ...runs, maxDuration: 15 }, null, 2));
}
