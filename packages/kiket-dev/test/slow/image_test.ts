import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { run, start } from '../support/processes.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';

const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');
const { packages } = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
};

test('what the image of the Dockerfile has of node_modules builds nothing, and is enough to serve', async () => {
  const cwd = temporaryFolder();
  const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  for (const [path] of installed) {
    if (!existsSync(join(projectRoot, path))) continue;
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    cpSync(join(projectRoot, path), join(cwd, path), { recursive: true });
  }
  mkdirSync(join(cwd, 'node_modules', '.bin'));
  for (const path of ['package.json', '.kiket', 'dist'])
    cpSync(join(projectRoot, path), join(cwd, path), { recursive: true });

  const [, afterBuild = ''] = /^RUN npm run build\n([^]*?)^FROM /m.exec(dockerfile) ?? [];
  for (const [, command = ''] of afterBuild.matchAll(/^RUN (.+)$/gm)) {
    expect(await run('sh', ['-c', command], { cwd })).toMatchObject({ code: 0, stderr: '' });
  }
  expect(readdirSync(join(cwd, 'node_modules')).filter((name) => /esbuild|^\.bin$/.test(name))).toEqual([]);

  const env = { DATABASE_URL: 'file:./data/guardian.db', HOST: '127.0.0.1', PORT: '0' };
  const [, port = ''] = await start(process.execPath, ['dist/index.js'], { cwd, env }).waitFor(/"port":(\d+)/);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
});
