import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli.ts';
import { runHere } from '../support/commands.ts';
import { temporaryFolder } from '../support/folders.ts';
import { freePort, start } from '../support/processes.ts';

const folder = join(import.meta.dirname, 'python');
const secret = 'a secret of a test';

/** `kiket-dev …` in the folder of the Python extension. */
const kiketDev = (...words: string[]) => runHere(main, words, { cwd: folder });

/** Starts the extension as its own language does. */
async function startExtension(): Promise<string[]> {
  const { waitFor } = start('python3', ['extension.py'], {
    cwd: folder,
    env: { KIKET_WEBHOOK_SECRET: secret, PORT: '0' },
  });
  const [url] = await waitFor(/http:\S+\/webhook/);
  return [url, '--secret', secret];
}

const hasPython = spawnSync('python3', ['--version']).status === 0;

// Skipped where there is no python3: nothing else here needs one.
describe.skipIf(!hasPython)('an extension in Python', () => {
  test('is replayed', async () => {
    const { code, stdout } = await kiketDev('replay', '--url', ...(await startExtension()));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\n2 passed, 0 failed\n$/)]);
  });

  test('decides in a sandbox', async () => {
    const place = ['--port', await freePort(), '--data', temporaryFolder()];
    const options = [...place, '--extension', ...(await startExtension())];
    const move = ['sandbox', 'transition', 'ORD-42', 'done', '--as', 'mira@example.com', ...options];
    expect((await kiketDev(...move)).stdout).toMatch(/^deny {2}ORD-42 stays in review\nAssign the issue first\.\n/);
    await kiketDev('sandbox', 'set', 'ORD-42', 'assignee_id=19', ...options);
    expect((await kiketDev(...move)).stdout).toBe('allow  ORD-42 moved to done\n');
  });

  test('is linted, its manifest as any other and its code not at all', async () => {
    const { code, stdout } = await kiketDev('lint');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^0 errors, /m)]);
  });
});

test.each([
  ['sandbox', 'npx kiket-dev sandbox --extension http'],
  ['sandbox story', 'npx kiket-dev sandbox --extension http'],
  ['replay', 'npx kiket-dev replay --url URL --secret SECRET'],
  ['dev', 'npx kiket-dev sandbox --extension URL'],
])('kiket-dev %s says how an extension in another language is used', async (words, how) => {
  const options = words === 'sandbox' ? ['--port', await freePort(), '--data', temporaryFolder()] : [];
  const { code, stderr } = await kiketDev(...words.split(' '), ...options);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/has no src\/\w+\.ts, /)]);
  expect(stderr).toContain(how);
});
