import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The packages of this repository, in the order in which they depend on each other. */
export const packageNames = ['kiket-express', 'kiket-dev'] as const;

/** What a package is published with beside its `dist/`, where it has it. */
const published = ['README.md', 'CHANGELOG.md', 'LICENSE', 'build.js', 'bin'];

/** How a package names another one of this repository: as its neighbour in a fork, by version on npm. */
export type Neighbours = 'folder' | 'version';

interface Description {
  name: string;
  version: string;
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  [key: string]: unknown;
}

/**
 * Writes a package as it is published into a folder: built JavaScript, declarations, README, changelog and licence; no tests,
 * no bench, no sources.
 *
 * @param source the package's folder in this repository
 * @param target is emptied first
 * @throws Error with the compiler's output if the package does not compile
 */
export function stagePackage(source: string, target: string, neighbours: Neighbours): void {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  compile(source, join(target, 'dist'));
  for (const name of published) {
    const from = name === 'LICENSE' ? join(source, '..', '..', name) : join(source, name);
    if (existsSync(from)) cpSync(from, join(target, name), { recursive: true });
  }
  const assets = join(source, 'src', 'sandbox', 'page');
  if (existsSync(assets)) cpSync(assets, join(target, 'dist', 'sandbox', 'page'), { recursive: true, filter: isServed });
  const description = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Description;
  const staged = describe(description, neighbours);
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(staged, null, 2)}\n`);
}

function compile(source: string, target: string): void {
  const compiler = fileURLToPath(import.meta.resolve('typescript/package.json'));
  const options = ['-p', join(source, 'tsconfig.build.json'), '--outDir', target];
  const { status, stdout } = spawnSync(process.execPath, [join(dirname(compiler), 'bin', 'tsc'), ...options], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${source} does not compile:\n${stdout}`);
  // The compiler rewrites the endings of imports in JavaScript, and leaves them in declarations.
  for (const path of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.d.ts')) continue;
    const file = join(target, path);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll(/((?:from|import\() ?['"]\.{1,2}\/[^'"]+)\.ts(?=['"])/g, '$1.js'));
  }
}

function isServed(path: string): boolean {
  return !/\.d\.ts$|tsconfig\.json$/.test(path);
}

function describe({ exports, dependencies = {}, ...rest }: Description, neighbours: Neighbours): Description {
  const neighbour = (name: string, version: string) =>
    version.startsWith('file:') && neighbours === 'version' ? [name, rest.version] : [name, version];
  return {
    ...rest,
    files: ['dist', ...published.filter((name) => !/^(?:README|LICENSE|package)/.test(name))],
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
