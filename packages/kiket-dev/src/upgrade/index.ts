import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { extract } from 'tar';
import { commandWithHelp, UsageError, type Io, type Main } from '../commandLine.ts';
import { newSince } from './changelog.ts';
import { editedPackages, recordChecksums } from './checksums.ts';
import { npm, type RunNpm } from './npm.ts';

const help = `Replaces packages/kiket-express and packages/kiket-dev with another release, and prints what changed.

  npm run upgrade                    to the newest version on npm
  npm run upgrade -- 1.2.0           to a version on npm
  npm run upgrade -- FILE.tgz …      to the files of a release
  npm run upgrade -- FOLDER          to a folder with those files, or with the two packages

  --force   replaces packages that were edited by hand
  --help    prints this

Your own files stay as they are. Then run npm run lint, npm test and npm run replay.
`;

const packageNames = ['kiket-express', 'kiket-dev'] as const;

/** `kiket-dev upgrade`. Its exit code is 0 if the packages are the new release, 1 if not. */
export const main = upgradeWith(npm);

/** `kiket-dev upgrade`, with another npm. */
export function upgradeWith(runNpm: RunNpm): Main {
  return commandWithHelp(help, (argv, io) => upgrade(argv, io, runNpm));
}

async function upgrade(argv: readonly string[], io: Io, runNpm: RunNpm): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { force: { type: 'boolean', default: false } },
  });
  const root = io.cwd;
  // Beside the packages, because only within a file system can folders be renamed.
  const staging = join(root, 'packages', '.upgrade');
  // What an upgrade has left that was killed.
  putBack(root, staging);
  const missing = packageNames.find((name) => !existsSync(join(root, 'packages', name)));
  if (missing !== undefined) {
    throw new UsageError(`There is no packages/${missing} here. Run npm install ${missing}@VERSION instead.`);
  }
  const edited = editedPackages(root, packageNames);
  if (edited.length > 0 && !values.force) throw new Error(describeEdited(edited));
  discard(staging);
  mkdirSync(staging);
  try {
    await fetchRelease(positionals, { root, staging, runNpm });
    for (const name of packageNames) io.stdout.write(describeChange(root, staging, name));
    replace(root, staging, () => runNpm(['install', '--no-audit', '--no-fund', '--prefer-offline'], root));
    recordChecksums(root, packageNames);
  } finally {
    discard(staging);
  }
  io.stdout.write('\nNext: npm run lint && npm test && npm run replay\n');
}

/** Puts both published packages into folders of their names. */
async function fetchRelease(
  sources: readonly string[],
  { root, staging, runNpm }: { root: string; staging: string; runNpm: RunNpm },
): Promise<void> {
  const [only = 'latest'] = sources;
  const files = sources.flatMap((source) => filesOf(resolve(root, source)));
  if (files.length === 0) {
    if (sources.length > 1 || !/^[\w.-]+$/.test(only)) {
      throw new UsageError(
        `Unknown release ${sources.join(' ')}. Name a version, the .tgz files, or a folder with them.`,
      );
    }
    for (const name of packageNames) pack(`${name}@${only}`, { root, staging, runNpm });
    files.push(...filesOf(staging));
  }
  for (const name of packageNames) {
    const file = files.find((path) => isOf(path, name));
    if (file === undefined) throw new UsageError(`The release lacks ${name}. Upgrade both packages together.`);
    const read = unpack(file, join(staging, name)).then(() => describePackage(join(staging, name)));
    const found = await read.catch((cause: Error) => {
      throw cause instanceof UsageError ? cause : new Error(`${file} is damaged: ${cause.message}`, { cause });
    });
    if (found.name !== name) throw new UsageError(`${file} isn't a release of ${name}.`);
  }
  const [library, tool] = packageNames.map((name) => describePackage(join(staging, name)).version);
  if (library === tool) return;
  throw new UsageError(
    `The release mixes kiket-express ${library} and kiket-dev ${tool}. Upgrade both to the same version.`,
  );
}

/** Fetches a package from npm. */
function pack(release: string, { root, staging, runNpm }: { root: string; staging: string; runNpm: RunNpm }): void {
  try {
    runNpm(['pack', release, '--pack-destination', staging], root);
  } catch (error) {
    if (!/E404|ETARGET/.test(String(error))) throw error;
    throw new UsageError(
      `npm has no ${release}. Download the .tgz files of a GitHub release, and name their folder: npm run upgrade -- FOLDER`,
    );
  }
}

/** The archives and package folders that a path names or contains. */
function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((file) => file.endsWith('.tgz') || existsSync(join(file, 'package.json')));
}

function isOf(path: string, name: string): boolean {
  return new RegExp(String.raw`(?:^|[\\/])${name}(?:-\d[^\\/]*\.tgz)?$`).test(path);
}

async function unpack(path: string, target: string): Promise<void> {
  const stat = statSync(path);
  if (stat.isDirectory()) {
    if (!existsSync(join(path, 'dist'))) {
      throw new UsageError(
        `${path} has sources but no dist/. Run npm run release:pack there, and name its folder release/.`,
      );
    }
    cpSync(path, target, { recursive: true, filter: (file) => !file.includes('node_modules') });
    return;
  }
  // Reading a pipe or a device may never end.
  if (!stat.isFile()) throw new UsageError(`${path} is a pipe, a socket or a device. Name a regular file.`);
  mkdirSync(target);
  // Otherwise a damaged file of the archive would be skipped with a warning.
  await extract({ file: path, cwd: target, strip: 1, strict: true });
}

/** Puts the new packages into the old ones' place. If that or `install` fails, the old ones are put back. */
function replace(root: string, staging: string, install: () => void): void {
  try {
    for (const name of packageNames) {
      renameSync(join(root, 'packages', name), join(staging, `${name}-before`));
      renameSync(join(staging, name), join(root, 'packages', name));
    }
    install();
  } catch (error) {
    putBack(root, staging);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The upgrade was undone, because it failed: ${reason}`, { cause: error });
  }
}

/** Puts back the packages that an upgrade has moved away. */
function putBack(root: string, staging: string): void {
  for (const name of packageNames) {
    const before = join(staging, `${name}-before`);
    if (!existsSync(before)) continue;
    rmSync(join(root, 'packages', name), { recursive: true, force: true });
    renameSync(before, join(root, 'packages', name));
  }
}

/** Removes the folder. First from its place, so that half of an old package is never put back. */
function discard(staging: string): void {
  const gone = `${staging}-gone`;
  rmSync(gone, { recursive: true, force: true });
  if (existsSync(staging)) renameSync(staging, gone);
  rmSync(gone, { recursive: true, force: true });
}

function describeChange(root: string, staging: string, name: string): string {
  const [before, after] = [join(root, 'packages', name), join(staging, name)].map(
    (folder) => describePackage(folder).version,
  );
  if (before === after) return `\n${name} ${before}, as before\n`;
  const changelog = join(staging, name, 'CHANGELOG.md');
  const news = existsSync(changelog) ? newSince(readFileSync(changelog, 'utf8'), before ?? '') : '';
  return `\n${name} ${before} → ${after}\n${news === '' ? '' : `\n${news}\n`}`;
}

function describePackage(folder: string): { name: string; version: string } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string };
}

function describeEdited(names: readonly string[]): string {
  const folders = names.map((name) => `packages/${name}`).join(' and ');
  return [
    `${folders} ${names.length === 1 ? 'was' : 'were'} edited by hand, and an upgrade would overwrite the changes.`,
    'Move your change to src/, or contribute it to the template. To overwrite it: npm run upgrade -- --force',
  ].join('\n');
}
