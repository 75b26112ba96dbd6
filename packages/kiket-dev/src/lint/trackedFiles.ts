import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** What no repository of an extension tracks, for a folder without git that cannot say so. */
const untracked: ReadonlySet<string> = new Set(['.env', '.git', 'coverage', 'data', 'dist', 'node_modules']);

/**
 * The files of a repository, by path from `root` with `/`: what git tracks or would add. In a folder without git, such as
 * a download, every file but what is made, installed or secret, or in its `.gitignore`.
 */
export function listFiles(root: string): string[] {
  const text = askGit(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']) ?? '';
  const files = text === '' ? walk(root, root, ignoredBy(readText(join(root, '.gitignore')))) : text.split('\0');
  // Tracked, and yet deleted, is not there.
  return [...new Set(files)].filter((file) => file !== '' && existsSync(join(root, file))).toSorted();
}

/** A file as text; '' for what is none: deleted, a link, or binary. */
export function readText(path: string): string {
  if (!existsSync(path) || !lstatSync(path).isFile()) return '';
  const text = readFileSync(path, 'utf8');
  return text.includes('\0') ? '' : text;
}

/** What git prints in a folder; `undefined` without git, without a repository, or where it has no answer. */
export function askGit(root: string, options: readonly string[]): string | undefined {
  try {
    return execFileSync('git', options, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

function walk(root: string, folder: string, isIgnored: (path: string) => boolean): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = relative(root, join(folder, entry.name)).split(sep).join('/');
    if (untracked.has(entry.name) || isIgnored(path)) return [];
    return entry.isDirectory() ? walk(root, join(folder, entry.name), isIgnored) : [path];
  });
}

/** What the lines of a `.gitignore` without `**` and character classes mean. The last one that fits decides. */
function ignoredBy(text: string): (path: string) => boolean {
  const rules = text.split('\n').flatMap((line) => {
    const [, no = '', pattern = ''] = /^(!?)([^#\s].*?)\/?\s*$/.exec(line) ?? [];
    const glob = pattern
      .replace(/^\//, '')
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('*', '[^/]*');
    const start = pattern.includes('/') ? '^' : '^(?:.*/)?';
    return pattern === ''
      ? []
      : [{ isIgnored: no === '', fits: new RegExp(`${start}${glob.replaceAll('?', '[^/]')}$`) }];
  });
  return (path) => rules.findLast(({ fits }) => fits.test(path))?.isIgnored ?? false;
}
