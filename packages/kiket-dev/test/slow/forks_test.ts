import { createHmac } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listFiles } from '../../src/trackedFiles.ts';
import { packageNames, stagePackage } from '../../src/release/stage.ts';
import { isFull } from '../../../kiket-express/test/support/fullTests.ts';
import { cloneRepository, copyRepository, git } from '../support/checkout.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { run, start } from '../support/processes.ts';

const patience = 900_000;
const answers = ['--id', 'com.acme.release-gate', '--repository', 'acme/release-gate'];
// They are hard to write down: what is written must not need quotes where there are none.
const names = ['--name', "Acme's Gate, rock & röll", '--author', "Zoë O'Neil"];

/** Runs a command that has to work. Returns what it prints. */
async function runIn(cwd: string, command: string, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, words, { cwd });
  expect([code, code === 0 ? '' : `${command} ${words.join(' ')}:\n${stdout}${stderr}`]).toEqual([0, '']);
  return stdout;
}

/** A fork, with what its own lock file installs. */
async function makeFork(keep: string, { isClone = true, options = [] as string[] } = {}): Promise<string> {
  const folder = isClone ? await cloneRepository() : copyRepository();
  const words = ['init', ...answers, ...names, '--keep', keep, '--yes', ...(isClone ? [] : ['--force']), ...options];
  await runIn(folder, process.execPath, join(projectRoot, 'packages/kiket-dev/bin/kiket-dev.js'), ...words);
  // A link to the template's until now.
  rmSync(join(folder, 'node_modules'));
  await runIn(folder, 'npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund');
  return folder;
}

/** Runs what a pipeline runs. Returns the files in which the template's names are left. */
async function check(folder: string): Promise<string[]> {
  for (const script of ['lint', 'test -- --retry 1', 'replay', 'build']) {
    // oxlint-disable-next-line no-await-in-loop -- each has the whole machine, as in a pipeline
    await runIn(folder, 'npm', 'run', '--silent', ...script.split(' '));
  }
  return listFiles(folder).filter(
    (path) =>
      !/^packages\/|^docs\/upgrading\.md$/.test(path) &&
      /Webhook Guardian|com\.example|example\/webhook-guardian/.test(readFileSync(join(folder, path), 'utf8')),
  );
}

/** Serves what was built in a folder. Returns its address. */
async function serve(cwd: string): Promise<string> {
  const env = {
    KIKET_WEBHOOK_SECRET: secret,
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    DATABASE_URL: 'file::memory:',
    PORT: '0',
  };
  const { waitFor } = start(process.execPath, ['dist/index.js'], { cwd, env });
  const [, port = ''] = await waitFor(/"port":(\d+)/);
  return `http://127.0.0.1:${port}`;
}

const secret = 'a-secret-of-this-test-alone';

describe('a fork', () => {
  test.runIf(isFull)('that keeps all is green, with what git has', { timeout: patience }, async () => {
    const folder = await makeFork('all');
    expect(await check(folder)).toEqual([]);
    // What is built is among what somebody commits.
    await git(folder, 'add', '--all');
    expect((await git(folder, 'ls-files')).split('\n')).toContain('packages/kiket-express/dist/index.js');
  });

  test(
    'that keeps none, made of a download without git, is green and builds in the order of the platform',
    { timeout: patience },
    async () => {
      const folder = await makeFork('none', { isClone: false });
      expect(await check(folder)).toEqual([]);

      const cwd = temporaryFolder();
      for (const file of ['package.json', 'package-lock.json']) cpSync(join(folder, file), join(cwd, file));
      await runIn(cwd, 'npm', 'ci', '--omit=dev', '--cache', temporaryFolder(), '--no-audit', '--no-fund');
      for (const file of ['.kiket', 'src', 'packages'])
        cpSync(join(folder, file), join(cwd, file), { recursive: true });
      await runIn(cwd, 'npm', 'run', 'build');
      const url = await serve(cwd);
      expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
    },
  );

  test.runIf(isFull)('takes another release and keeps its own files', { timeout: patience }, async () => {
    const folder = await makeFork('fields');
    const own = () => listFiles(folder).filter((path) => !/^(?:packages\/|package-lock\.json$)/.test(path));
    const texts = () => own().map((path) => [path, readFileSync(join(folder, path), 'utf8')]);
    const before = texts();
    await runIn(folder, 'npm', 'run', 'build');
    const url = await serve(folder);
    expect(await statuses(url)).toEqual({ sha256: 200, v2: 401 });

    await runIn(folder, 'npm', 'run', 'upgrade', '--', await stageRelease());
    expect(texts()).toEqual(before);
    await runIn(folder, 'npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund');
    await runIn(folder, 'npm', 'run', 'build');
    expect(await statuses(await serve(folder))).toEqual({ sha256: 401, v2: 200 });
  });

  test.runIf(isFull).each(['approvals', 'fields,override'])(
    'that keeps %s is green',
    { timeout: patience },
    async (keep) => {
      expect(await check(await makeFork(keep))).toEqual([]);
    },
  );

  test.runIf(isFull)('that keeps the sources is green', { timeout: patience }, async () => {
    expect(await check(await makeFork('freeze,decisions', { options: ['--keep-packages'] }))).toEqual([]);
  });
});

/** What a fork answers to signatures with these prefixes. */
async function statuses(url: string): Promise<Record<string, number>> {
  const body = JSON.stringify({ event: 'nothing.special' });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  const asked = ['sha256', 'v2'].map(async (prefix) => {
    const headers = {
      'Content-Type': 'application/json',
      'X-Kiket-Signature': `${prefix}=${signature}`,
      'X-Kiket-Timestamp': timestamp,
    };
    return [prefix, (await fetch(`${url}/webhook`, { method: 'POST', body, headers })).status] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}

/** A release in which signatures are written `v2=…` and in no other way. */
async function stageRelease(): Promise<string> {
  const folder = temporaryFolder();
  const edit = (path: string, from: RegExp | string, to: string) => {
    const text = readFileSync(join(folder, path), 'utf8');
    expect(text).toMatch(from);
    writeFileSync(join(folder, path), text.replace(from, to));
  };
  for (const name of packageNames) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await stagePackage(join(projectRoot, 'packages', name), join(folder, name), 'folder');
    edit(`${name}/package.json`, /"version": ".*"/, '"version": "9.0.0"');
    edit(`${name}/CHANGELOG.md`, /^## /m, '## 9.0.0 - 2030-01-01\n\n- Signatures begin with v2.\n\n## ');
  }
  edit('kiket-express/dist/receive/signature.js', '(?:sha256=)?', 'v2=');
  return folder;
}
