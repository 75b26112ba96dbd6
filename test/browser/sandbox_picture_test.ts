import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/setup.ts';
import { temporaryFolder } from '../support/builtServer.ts';
import { run } from '../support/processes.ts';

/** Width and height of a PNG, and its size. */
function measure(folder: string, name: string) {
  const png = readFileSync(join(folder, name));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), kilobytes: png.length / 1024 };
}

test('the pictures of the README can be made again, the same each time', async () => {
  const [one, other] = [temporaryFolder(), temporaryFolder()];
  for (const folder of [one, other]) {
    const made = await run('npm', ['run', '--silent', 'picture', '--', '--to', folder]);
    expect(made.code).toBe(0);
  }
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  for (const name of ['board.png', 'board-dark.png']) {
    expect(readme).toContain(`"docs/${name}"`);
    expect(readFileSync(join(one, name)).equals(readFileSync(join(other, name)))).toBe(true);
    const [made, committed] = [measure(one, name), measure(join(projectRoot, 'docs'), name)];
    // Fonts differ from machine to machine, and with them the bytes.
    expect([made.width, made.height]).toEqual([committed.width, committed.height]);
    expect(committed.kilobytes).toBeLessThan(200);
  }
});
