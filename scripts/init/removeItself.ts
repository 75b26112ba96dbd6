import type { Project } from './project.ts';

/** What is of use to the template alone. */
const ownPaths = [
  'scripts/init.ts',
  'scripts/init',
  'test/fork',
  'vitest.fork.config.ts',
  'test/e2e/init_test.ts',
  // Without an example, what only its tests use is unused.
  'knip.json',
];

/** Packages that may be there for the sake of `npm run init` alone. */
const ownPackages = ['@clack/prompts', '@babel/parser', '@babel/types'];

/** The scripts of package.json that go. */
const ownScripts = ['init', 'test:fork'];

interface Lock {
  packages: Record<string, LockedPackage>;
}

interface LockedPackage {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** Takes `npm run init` out of a project, with its tests, its packages, and all that is said about it. */
export function removeInit(project: Project): void {
  for (const path of [...ownPaths, ...project.paths.filter((each) => each.startsWith('test/unit/init_'))]) {
    project.remove(path);
  }
  const code = project.paths.filter((path) => /\.[cm]?[jt]s$/.test(path)).map((path) => project.read(path));
  const unused = ownPackages.filter((name) => !code.some((text) => text.includes(`'${name}'`)));
  project.change('package.json', (text) => removeFromPackage(text, unused));
  project.change('package-lock.json', (text) => pruneLock(text, unused));
  project.change('vitest.config.ts', (text) => text.replace("'test/fork/**', ", '').replace(", 'test/fork/**'", ''));
  project.change('.ci/run', (text) => text.replace(/^# The fork .*\nstep npm run test:fork\b.*\n/m, ''));
  project.change('.github/workflows/ci.yml', removeJob);
  for (const path of project.paths.filter((each) => each.endsWith('.md'))) project.change(path, removeFromDocument);
  project.change('docs/README.md', (text) => text.replace(', which is made to be copied', ''));
  project.change('README.md', (text) =>
    text.replace('A Kiket extension, ready to copy, that', 'A Kiket extension that').replace(' makes forks,', ''),
  );
}

function removeFromPackage(text: string, packages: readonly string[]): string {
  const content = JSON.parse(text) as {
    description: string;
    scripts: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  content.description = content.description.replace(', in TypeScript and Express, ready to copy', '');
  content.scripts = without(content.scripts, ownScripts);
  content.devDependencies = without(content.devDependencies, packages);
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Without a network: what nothing needs any more, directly or through others, goes from the lock file. */
export function pruneLock(text: string, packages: readonly string[]): string {
  const lock = JSON.parse(text) as Lock;
  const root = lock.packages[''];
  if (root?.devDependencies === undefined) return text;
  root.devDependencies = without(root.devDependencies, packages);
  const needed = new Set<string>();
  const queue = [''];
  for (const path of queue) {
    if (needed.has(path)) continue;
    needed.add(path);
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } = lock.packages[path] ?? {};
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies });
    queue.push(...names.flatMap((name) => findPackage(lock, path, name)));
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).filter(([path]) => needed.has(path)));
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Where Node finds a package from another: in the nearest `node_modules` around it. Optional ones may be nowhere. */
function findPackage({ packages }: Lock, from: string, name: string): string[] {
  const path = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (packages[path] !== undefined) return [path];
  return from === ''
    ? []
    : findPackage({ packages }, from.slice(0, Math.max(from.lastIndexOf('node_modules/') - 1, 0)), name);
}

/** The job, and its place in the gate. */
function removeJob(text: string): string {
  const left = text.replace(/^ {2}fork:\n(?:(?: {4}.*)?\n)*/m, '');
  if (left === text) return text;
  return left.replace(/, fork\b/, '').replace(/(test "\$RESULTS" = "success) success/, '$1');
}

function removeFromDocument(text: string): string {
  return text
    .replace(/^## Fork it\n[^]*?(?=^## )/m, '')
    .replace(/ In a clone of your fork run `git config [^]*? an extension of your own\./, '')
    .replaceAll(/^npm run (?:init|test:fork)\b.*\n/gm, '');
}

function without(record: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
