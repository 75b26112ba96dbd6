import { join } from 'node:path';
import { publint } from 'publint';
import { expect, test } from 'vitest';
import { packageNames, stagePackage } from '../../src/release/stage.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { run } from '../support/processes.ts';

test.each(packageNames)('%s is packed as npm, Node and TypeScript want it', { timeout: 300_000 }, async (name) => {
  const folder = temporaryFolder();
  await stagePackage(join(projectRoot, 'packages', name), folder, 'version');
  const { messages } = await publint({ pkgDir: folder, pack: 'npm', strict: true });
  expect(messages).toEqual([]);
  const attw = join(projectRoot, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const words = [attw, '--pack', folder, '--profile', 'esm-only', '--format', 'ascii'];
  const { code, stdout, stderr } = await run(process.execPath, words, { cwd: folder });
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
});
