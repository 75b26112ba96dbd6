import { filesReachedFrom, importsIn, packageOf } from './imports.ts';
import type { Project } from './project.ts';
import { asMap, asText } from './values.ts';

/** Commands whose package has another name. */
const packages: Readonly<Record<string, string>> = {
  babel: '@babel/cli',
  ncc: '@vercel/ncc',
  swc: '@swc/cli',
  tsc: 'typescript',
};

/** Commands that run a file, whose imports they need as well. */
const runners: ReadonlySet<string> = new Set(['node', 'ts-node', 'tsx']);

/**
 * The packages that a command line needs: its commands, those of the npm scripts that it runs with what goes before and
 * after them, and what the files that it runs import.
 *
 * @param running scripts that are being looked at, so that two that run each other come to an end
 */
export function packagesNeededBy(project: Project, line: string, running: ReadonlySet<string> = new Set()): string[] {
  return line.split(/[&|;]+/).flatMap((part) => neededBy(project, part.trim().split(/\s+/), running));
}

function neededBy(project: Project, words: readonly string[], running: ReadonlySet<string>): string[] {
  const [first = '', ...args] = words;
  // NODE_ENV=production tsc
  if (/^\w+=/.test(first)) return neededBy(project, args, running);
  const command = first.replace(/^.*\//, '');
  if (command === 'npm') return neededByScript(project, args, running);
  if (command === 'npx') return neededByNpx(project, args, running);
  if (command === 'cross-env') return [command, ...neededBy(project, args, running)];
  const own = command === 'node' ? preloaded(args) : [packages[command] ?? command];
  const file = runners.has(command) ? args.map(withoutDot).find((arg) => project.files.includes(arg)) : undefined;
  return file === undefined ? own : [...own, ...importedFrom(project, file)];
}

/** What `npm run NAME`, `npm test` or `npm start` needs. */
function neededByScript(project: Project, args: readonly string[], running: ReadonlySet<string>): string[] {
  const [verb = '', named = ''] = args.filter((arg) => !arg.startsWith('-'));
  const name = /^run(?:-script)?$/.test(verb) ? named : verb;
  if (running.has(name)) return [];
  const scripts = asMap(asMap(project.yaml('package.json')?.value)['scripts']);
  const lines = [`pre${name}`, name, `post${name}`].map((each) => asText(scripts[each]) ?? '');
  return lines.flatMap((line) => packagesNeededBy(project, line, new Set([...running, name])));
}

/** With `--yes` npx fetches what is not there. */
function neededByNpx(project: Project, args: readonly string[], running: ReadonlySet<string>): string[] {
  const start = args.findIndex((arg) => !arg.startsWith('-'));
  const isFetched = args.slice(0, start).some((arg) => arg === '-y' || arg === '--yes');
  return start === -1 || isFetched ? [] : neededBy(project, args.slice(start), running);
}

/** The packages of `node --import tsx` and `node -r dotenv/config`. */
function preloaded(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const [, option, value = args[index + 1] ?? ''] = /^(--import|--require|-r)(?:=(.*))?$/.exec(arg) ?? [];
    return option === undefined ? [] : (packageOf(value) ?? []);
  });
}

function importedFrom(project: Project, file: string): string[] {
  return [...filesReachedFrom(project, [file])].flatMap((each) => {
    const source = project.source(each);
    return source === undefined ? [] : importsIn(source).flatMap(({ specifier }) => packageOf(specifier) ?? []);
  });
}

function withoutDot(path: string): string {
  return path.replace(/^\.\//, '');
}
