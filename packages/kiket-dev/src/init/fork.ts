import { posix } from 'node:path';
import { parseManifest } from 'kiket-express/manifest';
import { describeNames, namesFile } from '../lint/generated.ts';
import type { Answers } from './answers.ts';
import { examples, sharedPaths, type Example } from './examples.ts';
import { dropRegions } from './regions.ts';
import { renameFile } from './rename.ts';

/** The text files of a folder, by path with `/`. */
export type Files = Map<string, string>;

/** What only the template needs. */
const templateOnly =
  /^(?:packages|\.ci)\/|^knip\.json$|^docs\/board(?:-dark)?\.png$|^\.github\/(?!workflows\/ci\.yml$|dependabot\.yml$)/;

/** Scripts in package.json that only the template has. */
const templateScripts = /^(?:test:|bench$|init$|kiket$|picture$|release:)/;

/** A guard that allows everything, for a fork without the examples. */
const firstGuard = `import { allow } from 'kiket-express';
import { guard } from '../settings.ts';

/** Your first rule. It allows every move. Return deny('…') or pending('…') to stop one. */
export const firstGuard = guard(() => allow());
`;

/** What a fork needs besides the template's files. */
export interface Origin {
  /** The template's version. */
  version: string;
  /** Files that replace the template's in a fork, by the template's names. */
  instead: Files;
  /** Whether the sources of the library and the tool stay in `packages/`. */
  keepsPackages: boolean;
}

/**
 * The files of a fork: the template's own, without `packages/`, without the examples that aren't kept and without what
 * only the template needs, under the fork's names. Doesn't change any files; those missing from the map have to be
 * deleted.
 */
export function makeFork(template: Files, answers: Answers, origin: Origin): Files {
  const isKept = (name: string) =>
    name === 'packages' ? origin.keepsPackages : answers.keep.includes(name as Example);
  const gone = droppedPaths(answers.keep);
  const files: Files = new Map();
  for (const [path, text] of [...template, ...origin.instead]) {
    if (templateOnly.test(path) || gone.some((each) => path === each || path.startsWith(`${each}/`))) continue;
    files.set(path, path.endsWith('.json') ? text : dropRegions(text, isKept));
  }
  dropUnsent(files);
  dropImports(files);
  addFirstGuard(files);
  const manifest = files.get('.kiket/manifest.yaml') ?? '';
  if (files.has(namesFile)) files.set(namesFile, describeNames(parseManifest(manifest, '.kiket/manifest.yaml')));
  files.set('package.json', describePackage(files, origin));
  if (!origin.keepsPackages) leavePackagesAlone(files);
  return new Map([...files].map(([path, text]) => [path, renameFile(path, text, answers)]));
}

/** The files and folders of the dropped examples. */
function droppedPaths(keep: readonly Example[]): string[] {
  const gone = (Object.keys(examples) as Example[]).filter((example) => !keep.includes(example));
  const shared = sharedPaths.filter(({ of }) => of.every((example) => gone.includes(example)));
  return [...gone.flatMap((example) => examples[example].paths), ...shared.flatMap(({ paths }) => paths)];
}

/** Drops recorded deliveries that the scenario no longer sends. */
function dropUnsent(files: Files): void {
  const scenario = files.get('replay/scenario.yaml') ?? '';
  for (const path of files.keys()) {
    const [, name] = /^replay\/(.+\.json)$/.exec(path) ?? [];
    if (name !== undefined && !scenario.includes(`send: ${name}\n`)) files.delete(path);
  }
}

/**
 * Takes out the imports of files that are gone, and from the extension's table the lines that only name what they imported.
 */
function dropImports(files: Files): void {
  for (const [path, text] of files) {
    if (!path.endsWith('.ts')) continue;
    const names: string[] = [];
    const lines = text.replaceAll(
      /^import (?:type )?\{([^}]+)\} from '(\.[^']+)';\n/gm,
      (line, imported: string, from: string) => {
        if (files.has(posix.join(posix.dirname(path), from))) return line;
        names.push(...imported.split(',').map((name) => name.trim().replace(/^type /, '')));
        return '';
      },
    );
    if (names.length === 0) continue;
    const entry = new RegExp(String.raw`^\s*(?:[\w.']+: )?(?:${names.join('|')}),\n`, 'gm');
    files.set(path, lines.replaceAll(entry, ''));
  }
}

/** A table without any guard gets one to begin with. */
function addFirstGuard(files: Files): void {
  const table = files.get('src/extension.ts') ?? '';
  if (!/guards: \{\s*\}/.test(table)) return;
  files.set('src/guards/firstGuard.ts', firstGuard);
  const withImport = table.replace(/^(?=import \{ define)/m, "import { firstGuard } from './guards/firstGuard.ts';\n");
  files.set('src/extension.ts', withImport.replace(/guards: \{\s*\}/, 'guards: {\n    firstGuard,\n  }'));
}

function describePackage(files: Files, { version, keepsPackages }: Origin): string {
  const text = files.get('package.json') ?? '{}';
  const { scripts = {}, overrides, ...rest } = JSON.parse(text) as Record<string, Record<string, string>>;
  const isThere = (command: string) => (command.match(/\bsrc\/\S+/g) ?? []).every((path) => files.has(path));
  const isWanted = (name: string) =>
    (!templateScripts.test(name) || (keepsPackages && name === 'test:slow')) && isThere(scripts[name] ?? '');
  const description = {
    ...rest,
    version: '1.0.0',
    description: 'A Kiket extension that guards workflow transitions',
    scripts: {
      ...Object.fromEntries(Object.entries(scripts).filter(([name]) => isWanted(name))),
      postlint: scripts['postlint']?.replace(/ && knip.*/, ''),
      ...(keepsPackages ? {} : { test: 'vitest run' }),
    },
    ...(keepsPackages ? { overrides } : { allowScripts: { esbuild: true } }),
    kiket: { template: version },
  };
  return `${JSON.stringify(description, null, 2)}\n`;
}

/** What is built isn't checked or formatted again. */
function leavePackagesAlone(files: Files): void {
  const edit = (path: string, change: (text: string) => string) => files.set(path, change(files.get(path) ?? ''));
  edit('.gitignore', (text) => `${text}!packages/*/dist/\n`);
  edit('.prettierignore', (text) => `${text}packages/\n`);
  edit('.oxlintrc.json', (text) =>
    text.replace(/,\n *"overrides": .*\n\}\n$/s, ',\n  "ignorePatterns": ["packages"]\n}\n'),
  );
  edit('tsconfig.json', (text) => text.replace(/^ *"exclude": .*\n/m, '').replace('"packages", ', ''));
  edit('.github/workflows/ci.yml', (text) => text.replace(' --coverage', ''));
}
