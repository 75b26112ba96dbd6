import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { start } from '../support/processes.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';

test('what the Dockerfile copies into its image builds nothing, and is enough to serve', async () => {
  const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');
  const image = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  const copied = [...image.matchAll(/^COPY (?:--from=build \/app\/)?(\S+) /gm)].map(([, path = '']) => path);
  expect(copied).toEqual(expect.arrayContaining(['package.json', '.kiket', 'dist', 'node_modules/@libsql']));
  expect(copied.filter((path) => /^node_modules(?:\/(?:\.bin|@?esbuild))?$/.test(path))).toEqual([]);

  const cwd = temporaryFolder();
  for (const path of copied) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    cpSync(join(projectRoot, path), join(cwd, path), { recursive: true });
  }
  const env = { DATABASE_URL: 'file:./data/guardian.db', HOST: '127.0.0.1', PORT: '0' };
  const [, port = ''] = await start(process.execPath, ['dist/index.js'], { cwd, env }).waitFor(/"port":(\d+)/);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
});
