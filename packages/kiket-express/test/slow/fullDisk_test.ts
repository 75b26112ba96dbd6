import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { run } from '../support/processes.ts';

// A limit for files is to SQLite what a full disk is, and only Linux lets a test set one.
test.runIf(process.platform === 'linux').each([0, 4_096, 20_000])(
  'a server that starts where there is room for %i bytes says that the disk is full',
  async (bytes) => {
    const DATABASE_URL = `file:${join(temporaryFolder(), 'guardian.db')}`;
    const server = ['node', 'dist/index.js'];
    const { code, stdout, stderr } = await run('prlimit', [`--fsize=${bytes}`, ...server], { env: { DATABASE_URL } });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^The extension can't start:\n {2}- DATABASE_URL: .+ Check whether the disk is full.+\n$/);
  },
);
