import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { listFiles } from '../trackedFiles.ts';

/** The packages of this repository, in dependency order. */
export const packageNames = ['kiket-express', 'kiket-dev'] as const;

/** Files published besides `dist/`, if they exist. */
const published = [
  'README.md',
  'CHANGELOG.md',
  'build.js',
  'manifest.schema.json',
  'module.schema.json',
  'bin',
  'docs',
];

/** How a package refers to another one of this repository: by path in a fork, by version on npm. */
export type Neighbours = 'folder' | 'version';

interface Description {
  name: string;
  version: string;
  repository: { url: string; directory: string };
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  [key: string]: unknown;
}

/**
 * Writes a package as it's published to a folder: built JavaScript, declarations, README, changelog and license,
 * without tests, benchmarks or sources.
 *
 * @param source the package's folder in this repository
 * @param target is emptied first
 * @throws Error with the compiler's output if the package doesn't compile
 */
export async function stagePackage(source: string, target: string, neighbours: Neighbours): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  await compile(source, join(target, 'dist'));
  cpSync(join(source, '..', '..', 'LICENSE'), join(target, 'LICENSE'));
  // What git ignores can be a secret.
  for (const path of listFiles(source)) {
    if (published.includes(path.replace(/\/.*/, ''))) cpSync(join(source, path), join(target, path));
    if (isServed(path)) cpSync(join(source, path), join(target, path.replace(/^src/, 'dist')));
  }
  const description = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Description;
  linkToRepository(target, description);
  const staged = describe(description, neighbours);
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(staged, null, 2)}\n`);
}

/** Makes links of pages to files that aren't published lead to the repository, at this version. */
function linkToRepository(target: string, { repository: { url, directory }, version }: Description): void {
  const base = `${url.replace(/^git\+|\.git$/g, '')}/blob/v${version}/${directory}/`;
  const pages = readdirSync(target, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
  for (const path of pages) {
    const file = join(target, path);
    const address = new URL(path.replaceAll('\\', '/'), base);
    const text = readFileSync(file, 'utf8').replaceAll(/(?<=\]\()(?![a-z][a-z\d+.-]*:)[^)\s#]+/gi, (link) =>
      existsSync(join(dirname(file), link)) ? link : new URL(link, address).href,
    );
    writeFileSync(file, text);
  }
}

/** What only the template does. */
const templateOnly = /^(?:init|release)\//;

async function compile(source: string, target: string): Promise<void> {
  const folder = join(source, 'src');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /(?<!\.d)\.ts$/.test(path) && !templateOnly.test(path));
  await build({
    entryPoints: sources.map((path) => join(folder, path)),
    outbase: folder,
    outdir: target,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'silent',
  });
  if (existsSync(join(source, 'tsconfig.build.json'))) declare(source, target);
  for (const path of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:d\.ts|js)$/.test(path)) continue;
    const file = join(target, path);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll(/((?:from|import\(?|URL\() ?["']\.{0,2}\/?[^"'\n]+)\.ts(?=["'])/g, '$1.js'));
  }
}

/** Writes the declarations of a package. */
function declare(source: string, target: string): void {
  const compiler = fileURLToPath(import.meta.resolve('typescript/package.json'));
  const options = ['-p', join(source, 'tsconfig.build.json'), '--emitDeclarationOnly', '--outDir', target];
  const { status, stdout } = spawnSync(process.execPath, [join(dirname(compiler), 'bin', 'tsc'), ...options], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${source} doesn't compile:\n${stdout}`);
}

function isServed(path: string): boolean {
  return /^src\/sandbox\/page\/.*(?<!\.d\.ts|tsconfig\.json)$/.test(path);
}

function describe(
  { exports, dependencies = {}, devDependencies: _ours, ...rest }: Description,
  neighbours: Neighbours,
): Description {
  const neighbour = (name: string, version: string) =>
    version.startsWith('file:') && neighbours === 'version' ? [name, rest.version] : [name, version];
  return {
    ...rest,
    files: ['dist', ...published.filter((name) => !/^(?:README|package)/.test(name))],
    ...(exports === undefined ? {} : { exports: builtExports(exports) }),
    dependencies: Object.fromEntries(
      Object.entries(dependencies).map(([name, version]) => neighbour(name, version)),
    ) as Record<string, string>,
  };
}

/** `./src/client/index.ts` becomes `./dist/client/index.js` with its declarations. */
function builtExports(exports: Record<string, string>): never {
  return Object.fromEntries(
    Object.entries(exports).map(([name, path]) => {
      const built = /^\.\/src\/(.+)\.ts$/.exec(path)?.[1];
      return [name, built === undefined ? path : { types: `./dist/${built}.d.ts`, default: `./dist/${built}.js` }];
    }),
  ) as never;
}
