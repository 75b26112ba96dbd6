// kiket-dev package: the file for Kiket or a release, reproducible byte for byte.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadManifest, makeFolder } from 'kiket-express/manifest';
import { commandWithHelp, type Io } from '../commandLine.ts';
import { requireRoot } from '../project.ts';
import { listContents } from './contents.ts';
import { packFiles } from './tarball.ts';

const help = `Packs what git tracks and a fresh build into one reproducible file, dist/<id>-<version>.tar.gz.

  kiket-dev package
  kiket-dev package --output FOLDER

  --output FOLDER   where the file goes (dist/)
  --allow-dirty     packs the files as they are, even if they differ from the last commit
  --json            prints the result as JSON
  --help            prints this

Ignored files stay out, even if git tracks them by mistake; so do .env*, node_modules, and what git-crypt or another filter
encrypts. The same commit, lock file and Node.js release give the same bytes.

Exit code: 0 if the file was written, 1 if not, 2 if the command is wrong.
`;

/** The build's output, which a package needs to run. */
const built = ['dist/index.js', 'dist/package.json', 'dist/server.cjs', 'dist/server.cjs.map'];

/** Kiket's limit, in bytes. */
const maxBytes = 50 * 1024 * 1024;

/** `kiket-dev package` */
export const main = commandWithHelp(help, pack);

async function pack(argv: readonly string[], { stdout, cwd }: Io): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      'allow-dirty': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      output: { type: 'string' },
    },
  });
  const root = requireRoot(cwd);
  const name = packageName(root);
  const { files, leftOut, changed } = listContents(root);
  if (changed.length > 0 && !values['allow-dirty']) throw new Error(describeChanges(changed));
  execFileSync('npm', ['run', '--loglevel=error', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const bytes = await packFiles(root, [...files, ...built.map((path) => ({ path, isExecutable: false }))], maxBytes);
  const path = join(values.output === undefined ? join(root, 'dist') : resolve(cwd, values.output), name);
  write(path, bytes);
  const made = {
    path,
    files: files.length + built.length,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    leftOut,
    changed,
  };
  stdout.write(values.json ? `${JSON.stringify(made, null, 2)}\n` : describe(made, root));
}

/** Named as in `kiket extensions package`. Throws for an id or version that would lead out of the folder. */
function packageName(root: string): string {
  const { id, version } = loadManifest(root);
  if (/^[\w.+-]+$/.test(`${id}${version}`)) return `${id.replaceAll('.', '-')}-${version}.tar.gz`;
  throw new Error(
    `The manifest's id "${id}" and version "${version}" can't be a file name. Use letters, digits, . and -.`,
  );
}

/** Readers of the folder find the whole file or none. */
function write(path: string, bytes: Uint8Array): void {
  const part = `${path}.${process.pid}.part`;
  makeFolder(dirname(path));
  try {
    writeFileSync(part, bytes);
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}

function describeChanges(changed: readonly string[]): string {
  return [
    'There are uncommitted changes, so nobody else could build the same package:',
    ...changed.slice(0, 10).map((path) => `  ${path}`),
    ...(changed.length > 10 ? [`  and ${changed.length - 10} more`] : []),
    'Commit them first, or pack the files as they are: npx kiket-dev package --allow-dirty',
  ].join('\n');
}

interface Made {
  path: string;
  files: number;
  bytes: number;
  sha256: string;
  leftOut: readonly string[];
  changed: readonly string[];
}

function describe(made: Made, root: string): string {
  const lines = [
    relative(root, made.path),
    `  ${made.files} files, ${(made.bytes / 1024).toFixed(0)} KiB`,
    `  sha256 ${made.sha256}`,
  ];
  if (made.leftOut.length > 0) {
    lines.push(`Left out, although git tracks it: ${made.leftOut.join(', ')}. Untrack it: git rm --cached FILE`);
  }
  if (made.changed.length > 0)
    lines.push(`Uncommitted, so nobody else can build the same package: ${made.changed.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
