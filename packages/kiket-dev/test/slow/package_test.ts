import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tar from 'tar';
import { describe, expect, test } from 'vitest';
import { loadManifest } from 'kiket-express/manifest';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { cloneRepository, git } from '../support/checkout.ts';
import { run } from '../support/processes.ts';

const { id, version } = loadManifest(projectRoot);
const name = `${id.replaceAll('.', '-')}-${version}.tar.gz`;

async function namesIn(file: string): Promise<string[]> {
  const names: string[] = [];
  await tar.list({ file, onReadEntry: ({ path }) => void names.push(path) });
  return names;
}

describe('npm run package', () => {
  test('packs what git tracks and a fresh build, and says what it made', async () => {
    const folder = await cloneRepository();
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist', 'index.js'), 'an old build');
    writeFileSync(join(folder, '.env'), 'KIKET_WEBHOOK_SECRET=very-secret');
    const { code, stdout } = await run('npx', ['kiket-dev', 'package'], { cwd: folder });
    const file = join(folder, 'dist', name);
    const tracked = (await git(folder, 'ls-files')).trim().split('\n');
    const built = ['dist/index.js', 'dist/package.json', 'dist/server.cjs', 'dist/server.cjs.map'];
    expect((await namesIn(file)).toSorted()).toEqual([...tracked, ...built].toSorted());
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`dist/${name}\n  ${tracked.length + built.length} files, `),
    ]);
    expect(stdout).toContain(`  sha256 ${sha256}\n`);
    const unpacked = temporaryFolder();
    await tar.extract({ file, cwd: unpacked });
    expect(readFileSync(join(unpacked, 'dist', 'index.js'), 'utf8')).not.toBe('an old build');
    expect(readFileSync(join(unpacked, 'README.md'))).toEqual(readFileSync(join(folder, 'README.md')));
  });
});
