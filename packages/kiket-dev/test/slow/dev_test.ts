import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copyRepository } from '../support/checkout.ts';
import { deliver, moveToDone } from '../../../kiket-express/test/support/deliver.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folders.ts';
import { run, start } from '../support/processes.ts';

test('npm run dev starts again when a file is saved, with the secret that it has made, and writes what the manifest names', async () => {
  const cwd = copyRepository();
  const env = {
    DATABASE_URL: `file:${join(temporaryFolder(), 'guardian.db')}`,
    HOST: '127.0.0.1',
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    PORT: '0',
  };
  const { waitFor } = start('npm', ['run', 'dev'], { cwd, env, ownGroup: true });
  const [, secret = ''] = await waitFor(/until you stop: (\S+)\n/);
  const ask = async (started: RegExp) => {
    const [, port = ''] = await waitFor(started);
    return (await deliver(`http://127.0.0.1:${port}`, moveToDone(), secret)).status;
  };
  expect(await ask(/listening \{"port":(\d+)/)).toBe(200);
  const token = '    CHECKS_API_TOKEN:\n';
  const manifest = join(cwd, '.kiket/manifest.yaml');
  const text = readFileSync(manifest, 'utf8');
  // Half saved, in the middle of a dash.
  writeFileSync(manifest, Buffer.from(text.slice(0, text.indexOf('–') + 1)).subarray(0, -1));
  await waitFor(/isn't UTF-8/);
  writeFileSync(manifest, text.replace(token, `    SPARE_TOKEN: { type: string, secret: true }\n${token}`));
  expect(await ask(/listening[^]*listening \{"port":(\d+)/)).toBe(200);
  writeFileSync(join(cwd, '.env'), 'KIKET_SETTING_REQUIRED_APPROVALS=2\n');
  await waitFor(/"required_approvals":2/);
  await eventually(() => expect(readFileSync(join(cwd, 'src', 'manifest.ts'), 'utf8')).toContain('"SPARE_TOKEN"'));
});

test("npm run dev ends if .env can't be read", async () => {
  const cwd = copyRepository();
  mkdirSync(join(cwd, '.env'));
  const { code, stderr } = await run('npm', ['run', '--silent', 'dev'], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining('.env is a folder')]);
});
