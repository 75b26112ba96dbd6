import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { eventually } from '../support/eventually.ts';
import { runHere } from '../support/commands.ts';
import { freePort, run, start } from '../support/processes.ts';
import { sandboxHere } from '../support/sandboxCommand.ts';

/** What `npm run sandbox` runs, without npm's own time. */
const cli = [join(projectRoot, 'packages', 'kiket-dev', 'bin', 'kiket-dev.js'), 'sandbox'];

/** The guardian that a sandbox has started, by its process id. */
async function guardianOf({ child }: ReturnType<typeof start>): Promise<number> {
  const { stdout } = await run('pgrep', ['-P', String(child.pid), '-f', 'src/index.ts']);
  expect(stdout).toMatch(/^\d+\n$/);
  return Number(stdout);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'no guardian is left behind by a story that ends with %s',
  async (signal) => {
    const story = start(process.execPath, [...cli, 'story']);
    const guardian = await eventually(() => guardianOf(story));
    story.child.kill(signal);
    const { code, stderr } = await story.finished;
    expect([code, stderr]).toEqual(signal === 'SIGKILL' ? [null, ''] : [1, 'Interrupted.\n']);
    await eventually(() => expect(isAlive(guardian)).toBe(false));
  },
);

describe('a running sandbox', () => {
  test('passes on what its guardian says, and not as its own answers, and ends with it', async () => {
    const [port, data] = [await freePort(), temporaryFolder()];
    const options = ['--port', port, '--data', data];
    const sandbox = start(process.execPath, [...cli, '--json', ...options]);
    await sandbox.waitFor(/"extension":/);
    const command = (...words: string[]) => runHere(sandboxHere, [...words, ...options]);
    await command('fault', 'wrong_secret', 'on');
    await command('transition', 'ORD-42', 'done');
    await sandbox.waitFor(/signature_mismatch/);
    process.kill(await guardianOf(sandbox), 'SIGKILL');
    const { code, stdout, stderr } = await sandbox.finished;
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).not.toHaveProperty('level');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/signature_mismatch[^]*\nThe extension ended by SIGKILL\. Restart the sandbox\.\n$/),
    ]);
  });
});
