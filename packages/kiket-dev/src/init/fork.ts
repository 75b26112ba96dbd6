import { posix } from 'node:path';
import type { Answers } from './answers.ts';
import { examples, sharedPaths, type Example } from './examples.ts';
import { dropRegions } from './regions.ts';
import { renameFile } from './rename.ts';

/** The text files of a folder, by path with `/`. */
export type Files = Map<string, string>;

/** What the template needs and no fork does, beside the sources of the packages. */
const templateOnly = [
  '.ci',
  '.github/CONTRIBUTING.md',
  '.github/ISSUE_TEMPLATE',
  '.github/PULL_REQUEST_TEMPLATE.md',
  '.github/SECURITY.md',
  '.github/workflows/codeql.yml',
  '.github/workflows/dependencies.yml',
  '.github/workflows/release.yml',
  'README.md',
  'docs/CHANGELOG.md',
  'docs/board.png',
  'docs/board-dark.png',
  'docs/delivery.svg',
  'docs/tutorial.md',
  'vitest.slow.config.ts',
];

/** The scripts of package.json that only the template has. */
const templateScripts = /^(?:test:|bench$|init$|kiket$|picture$|release:)/;

/** A guard that allows everything, for a fork that begins with none of the examples. */
const firstGuard = `import { allow } from 'kiket-express';
import { guard } from '../settings.ts';

/** Your first rule. It allows every move; make it say deny('…') or pending('…') where yours has to stop one. */
export const firstGuard = guard(() => allow());
`;

/** What a fork is made of besides the template's files. */
export interface Origin {
  /** The template's version. */
  version: string;
  /** The README of a fork, with `{{name}}`, `{{description}}` and the like in it. */
  readme: string;
  now: Date;
}

/**
 * The files of a fork: the template's own, without `packages/`, without the examples that are not kept and without what only
 * the template needs, under the fork's names. Changes no file; what is not in the map any more is to be deleted.
 */
export function makeFork(template: Files, answers: Answers, origin: Origin): Files {
  const isKept = (example: string) => answers.keep.includes(example as Example);
  const dropped = [...templateOnly, ...droppedPaths(answers.keep)];
  const files: Files = new Map();
  for (const [path, text] of template) {
    if (path.startsWith('packages/') || dropped.some((gone) => path === gone || path.startsWith(`${gone}/`))) continue;
    files.set(path, path.endsWith('.json') ? text : dropRegions(text, isKept));
  }
  if (!['fields', 'freeze', 'checks', 'approvals'].some(isKept)) addFirstGuard(files);
  dropImports(files);
  files.set('package.json', describePackage(files.get('package.json') ?? '{}', origin.version));
  files.set('README.md', origin.readme);
  files.set('docs/CHANGELOG.md', beginChangelog(origin.now));
  return new Map([...files].map(([path, text]) => [path, renameFile(path, text, answers)]));
}

/** The files and folders of the examples that go. */
function droppedPaths(keep: readonly Example[]): string[] {
  const gone = (Object.keys(examples) as Example[]).filter((example) => !keep.includes(example));
  const shared = sharedPaths.filter(({ of }) => of.every((example) => gone.includes(example)));
  return [...gone.flatMap((example) => examples[example].paths), ...shared.flatMap(({ paths }) => paths)];
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

function addFirstGuard(files: Files): void {
  files.set('src/guards/firstGuard.ts', firstGuard);
  const table = files.get('src/extension.ts') ?? '';
  const withImport = table.replace(/^(?=import )/m, "import { firstGuard } from './guards/firstGuard.ts';\n");
  files.set('src/extension.ts', withImport.replace(/guards: \{[^}]*\}/, 'guards: { firstGuard }'));
}

function describePackage(text: string, version: string): string {
  const { scripts = {}, overrides: _ours, ...rest } = JSON.parse(text) as Record<string, Record<string, string>>;
  const kept = Object.entries(scripts).filter(([name]) => !templateScripts.test(name));
  const description = {
    ...rest,
    version: '1.0.0',
    scripts: Object.fromEntries(kept),
    allowScripts: { esbuild: true },
    kiket: { template: version },
  };
  return `${JSON.stringify(description, null, 2)}\n`;
}

function beginChangelog(now: Date): string {
  return `# Changelog

The format is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/), the versions are [semantic](https://semver.org).

## 1.0.0 - ${now.toISOString().slice(0, 10)}

### Added

- The first version.
`;
}
