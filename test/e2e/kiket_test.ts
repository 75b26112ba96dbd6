import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../support/processes.ts';

/** Runs `npm run kiket`; with a folder on the PATH that has the stand-in for Kiket's tool, or without any. */
function kiket(path: string, ...options: string[]) {
  return run(process.execPath, ['--import', 'tsx', 'scripts/kiket.ts', ...options], { env: { PATH: path } });
}

/** A PATH on which there are node, npm and a stand-in named `kiket`. */
function pathWithKiket(): string {
  const folder = emptyFolder();
  const tool = join(folder, 'kiket');
  copyFileSync('test/support/fakeKiketCli.js', `${tool}.mjs`);
  symlinkSync(`${tool}.mjs`, tool);
  return `${folder}:${dirname(process.execPath)}:${process.env['PATH']}`;
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardian-kiket-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("Kiket's own tool", () => {
  test('lints, tests and replays where it is installed', async () => {
    const { code, stdout } = await kiket(pathWithKiket());
    expect(stdout).toMatch(/lint passed[^]+test passed[^]+\n[1-9]\d* passed, 0 failed\n$/);
    expect(code).toBe(0);
  }, 60_000);

  test('fails if one of the three does, and runs the others', async () => {
    const path = pathWithKiket();
    const script = ['--import', 'tsx', 'scripts/kiket.ts'];
    const failing = (command: string) => run(process.execPath, script, { env: { PATH: path, KIKET_FAILS: command } });
    const lint = await failing('lint');
    expect([lint.code, lint.stderr]).toEqual([1, '\nFailed: kiket extensions lint\n']);
    expect(lint.stdout).toMatch(/lint failed[^]+test passed[^]+ passed, 0 failed\n$/);
    const replay = await failing('replay');
    expect(replay.code).toBe(1);
    expect(replay.stderr).toMatch(/showed no answer of http:\S+ It printed:\nreplay failed\n/);
  }, 60_000);

  test('is left out where it is not', async () => {
    const { code, stdout } = await kiket(emptyFolder());
    expect([code, stdout]).toEqual([
      0,
      'There is no `kiket` on the PATH, so its lint, test and replay were left out.\n',
    ]);
  });

  test('is named by replay --cli as what is missing', async () => {
    const { code, stderr } = await run(process.execPath, ['--import', 'tsx', 'scripts/replay.ts', '--cli'], {
      env: { PATH: emptyFolder() },
    });
    expect([code, stderr]).toEqual([1, '`kiket` is not installed, or not on the PATH. Leave out --cli.\n']);
  });

  test('helps', async () => {
    const { code, stdout } = await kiket(emptyFolder(), '--help');
    expect(stdout).toContain('kiket extensions lint\n');
    expect(code).toBe(0);
    expect((await kiket(emptyFolder(), '--helpp')).code).toBe(2);
  });
});
