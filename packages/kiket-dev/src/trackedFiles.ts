import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** What no repository of an extension tracks, for a folder without git that can't say so. */
const untracked = /^(?:\.env(?!\.example$).*|\.git|\.vercel|coverage|data|dist|node_modules|.*\.log)$/;

/**
 * The files of a repository, by path from `root` with `/`: what git tracks or would add. In a folder without git, such as
 * a download, every file but what is made, installed or secret.
 */
export function listFiles(root: string): string[] {
  const text = askGit(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']) ?? '';
  const files = text === '' ? walk(root, root) : text.split('\0');
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

function walk(root: string, folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !untracked.test(name));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(root, path) : [relative(root, path).split(sep).join('/')];
  });
}
