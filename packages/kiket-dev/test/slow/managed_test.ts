import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeHosting } from '../../src/hosting/manifest.ts';
import { listFiles } from '../../src/trackedFiles.ts';
import { deliver, press } from '../../../kiket-express/test/support/deliver.ts';
import { testSecret as secret } from 'kiket-express/testing';
import { readBlock } from '../support/markdown.ts';
import { createPostgresDatabase } from '../../../kiket-express/test/support/postgres.ts';
import { run, start } from '../support/processes.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';

/** Root runs it as nobody, as Kiket does. */
const uid = process.getuid?.() === 0 ? 65_534 : undefined;

/** What docs/hosting/managed.md says to type where it does not start: to install, to build and to serve. */
const [install = '', build = '', serve = ''] = readBlock('docs/hosting/managed.md', 'a managed build')
  .trim()
  .split(' && ');

/** What is tracked, set for managed hosting and built as Kiket's template for Node does it. */
async function buildManaged(): Promise<string> {
  const cwd = temporaryFolder();
  chmodSync(cwd, 0o755);
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(projectRoot, file), join(cwd, file));
  const installed = await run('sh', ['-c', `${install} --prefer-offline --no-audit --no-fund`], { cwd });
  expect(installed).toMatchObject({ code: 0 });
  expect(existsSync(join(cwd, 'node_modules', 'typescript'))).toBe(false);

  for (const file of listFiles(projectRoot)) cpSync(join(projectRoot, file), join(cwd, file));
  const manifest = join(cwd, '.kiket', 'manifest.yaml');
  writeFileSync(
    manifest,
    writeHosting(readFileSync(manifest, 'utf8'), { tier: 'minimal', egress: ['db.example.com'] }),
  );
  await run('sh', ['-c', `${build} 2>/dev/null || true`], { cwd });
  return cwd;
}

test('a managed build serves as an ordinary user, on the port it is given', async () => {
  const cwd = await buildManaged();
  const DATABASE_URL = (await createPostgresDatabase()).url;
  const env = { DATABASE_URL, KIKET_SDK_TELEMETRY_OPTOUT: '1', KIKET_WEBHOOK_SECRET: secret, NODE_ENV: 'production' };
  const serveOn = (PORT: string) => start(process.execPath, ['dist/index.js'], { cwd, uid, env: { ...env, PORT } });

  const [, port = ''] = await serveOn('0').waitFor(/"port":(\d+)/);
  const url = `http://127.0.0.1:${port}`;
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
  expect(await deliver(url, press('decision_report'))).toMatchObject({ status: 200, body: { status: 'success' } });

  // Somebody else on this machine may have it.
  await serveOn('').waitFor(/"port":8080|PORT 8080 is already in use/);

  const typed = start('sh', ['-c', serve], { cwd, env: { ...env, PORT: '0' }, ownGroup: true });
  await typed.waitFor(/"port":\d+/);
});
