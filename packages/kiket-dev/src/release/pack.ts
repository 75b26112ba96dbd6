// npm run release:pack: packs both packages as published, into release/<package>-<version>.tgz.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageNames, stagePackage } from './stage.ts';

const target = join(process.cwd(), 'release');
const staging = mkdtempSync(join(tmpdir(), 'release-'));
rmSync(target, { recursive: true, force: true });
mkdirSync(target);
for (const name of packageNames) {
  const folder = join(staging, name);
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  await stagePackage(join(process.cwd(), 'packages', name), folder, 'version');
  const { status } = spawnSync('npm', ['pack', folder, '--pack-destination', target, '--loglevel', 'error'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.exitCode = 1;
}
rmSync(staging, { recursive: true });
