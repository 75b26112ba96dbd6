import { execFileSync } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the package, by its path from the root with `/`. */
export interface PackedFile {
  path: string;
  /** As in git, independent of the umask. */
  isExecutable: boolean;
}

/** The contents of a repository's package. */
export interface Contents {
  files: readonly PackedFile[];
  /** Tracked, but ignored, encrypted in git, or never packed. */
  leftOut: readonly string[];
  /** Differences from the last commit: changed, deleted, neither tracked nor ignored, or what git was told not to look at. */
  changed: readonly string[];
}

/** Never in a package, whatever git says: settings with secrets, and what `npm ci` installs. */
const neverPacked = /(?:^|\/)(?:\.env(?!\.example$)[^/]*(?:\/.*)?|node_modules\/.*)$/i;

/**
 * Lists what git tracks in the folder `root`, without ignored files.
 *
 * @throws Error without git, if nothing is tracked, or if a tracked path isn't a plain file in both git and the folder
 */
export function listContents(root: string): Contents {
  const listed = ask(root, ['ls-files', '--stage', '-v']).map((entry) => {
    const [, tag = '', mode = '', path = ''] = /^(\S) (\d+) \S+ \d\t([^]*)$/.exec(entry) ?? [];
    return [path, { tag, mode, path }] as const;
  });
  // In a conflict, git lists a file up to three times.
  const entries = [...new Map(listed).values()];
  const paths = entries.map(({ path }) => path);
  if (!paths.includes('package.json')) throw new Error(`git doesn't track a package.json. ${whatToDo}`);
  // Only the repository's ignore rules and no personal ones, so that two people pack the same.
  const ignored = new Set(ask(root, ['ls-files', '--cached', '--ignored', '--exclude-per-directory=.gitignore']));
  const encrypted = new Set(listEncrypted(root, paths));
  // Deleted files are listed as changed.
  const deleted = new Set(ask(root, ['ls-files', '--deleted']));
  const status = ask(root, ['status', '--porcelain', '--no-renames', '--untracked-files=normal', '--', '.']);
  const isLeftOut = (path: string) => ignored.has(path) || encrypted.has(path) || neverPacked.test(path);
  const packed = entries.filter(({ path }) => !isLeftOut(path) && !deleted.has(path));
  // git doesn't say whether these differ, and people keep local secrets in them.
  const unwatched = packed.filter(({ tag }) => /[a-z]|S/.test(tag));
  for (const { mode, path } of packed) {
    if (mode.startsWith('100') && lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true) continue;
    throw new Error(`${path} isn't a plain file, which is all that a package can hold. Commit or restore it as one.`);
  }
  return {
    files: packed.map(({ mode, path }) => ({ path, isExecutable: mode === '100755' })),
    leftOut: paths.filter(isLeftOut),
    changed: [
      ...status.map((line) => line.slice(3)),
      ...unwatched.map(({ path }) => `${path} (marked --skip-worktree or --assume-unchanged)`),
    ],
  };
}

const whatToDo =
  'A package holds what git tracks. In a downloaded folder: git init && git add . && git commit -m "Start"';

/** Files that git stores through a filter, such as git-crypt's, and that anyone can read in the folder. Git LFS hides nothing. */
function listEncrypted(root: string, paths: readonly string[]): string[] {
  // Three entries a file: its path, the attribute and its value.
  const answered = ask(root, ['check-attr', '--stdin', 'filter'], paths.join('\0'));
  return paths.filter((_path, index) => !['unspecified', 'unset', 'lfs'].includes(answered[3 * index + 2] ?? ''));
}

/** git's output, entry by entry. */
function ask(root: string, words: readonly string[], input = ''): string[] {
  const [command = '', ...options] = words;
  try {
    // A monitor of the folder can miss changes.
    const text = execFileSync('git', ['-c', 'core.fsmonitor=false', command, '-z', ...options], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      input,
      stdio: 'pipe',
    });
    return text.split('\0').filter((entry) => entry !== '');
  } catch (error) {
    const { code, stderr = '' } = error as { code?: string; stderr?: string };
    if (code === 'ENOENT') throw new Error(`git isn't installed. ${whatToDo}`, { cause: error });
    if (/not a git repository/i.test(stderr)) {
      throw new Error(`This isn't a git repository. ${whatToDo}`, { cause: error });
    }
    throw new Error(`git ${command} failed: ${stderr.trim()}`, { cause: error });
  }
}
