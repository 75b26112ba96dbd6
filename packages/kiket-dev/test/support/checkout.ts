import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { listFiles } from '../../src/trackedFiles.ts';
import { projectRoot, temporaryFolder } from './folders.ts';
import { run } from './processes.ts';

/** A copy of this repository's files in an empty folder, with its packages, as a download has them: without git. */
export function copyRepository(folder = temporaryFolder()): string {
  for (const file of listFiles(projectRoot)) cpSync(join(projectRoot, file), join(folder, file));
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Saves a file of a copy with something replaced, which has to be there. */
export function rewrite(folder: string, file: string, from: string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

/** A copy with all of it committed, as a clone has it. */
export async function cloneRepository(): Promise<string> {
  const folder = copyRepository();
  await git(folder, 'init', '--quiet');
  // Nobody keeps it, so that nothing has to be small.
  await git(folder, 'config', 'core.compression', '0');
  // A link is no folder, so that .gitignore does not mean it.
  appendFileSync(join(folder, '.git', 'info', 'exclude'), 'node_modules\n');
  await commit(folder);
  return folder;
}

/** Commits everything as it is. */
export async function commit(folder: string): Promise<void> {
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message', 'All');
}

const asMira = ['-c', 'user.name=Mira', '-c', 'user.email=mira@example.com'];

/** Runs git in a folder, and throws what it says if it fails. */
export async function git(folder: string, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('git', [...asMira, ...words], { cwd: folder });
  if (code !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
  return stdout;
}
