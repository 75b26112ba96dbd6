import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { makePictures } from '../../src/release/pictures.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';

const names = ['board.png', 'board-dark.png'];

function picture(folder: string, name: string) {
  return PNG.sync.read(readFileSync(join(folder, name)));
}

/** How many colour values of one picture are not those of the other; round corners are one off from time to time. */
function differences(one: PNG, other: PNG): number {
  return one.data.reduce((count, value, at) => count + Number(Math.abs(value - (other.data[at] ?? Infinity)) > 2), 0);
}

test('the README shows the board on its first screen', () => {
  const [above = '', below] = readFileSync(join(projectRoot, 'README.md'), 'utf8').split('<picture>');
  expect(below).toContain('docs/board.png');
  expect(above.split('\n').length).toBeLessThan(20);
});

test('the pictures of the README can be made again, the same each time', async () => {
  const [one, other] = [temporaryFolder(), temporaryFolder()];
  for (const folder of [one, other]) {
    await makePictures(projectRoot, folder, process.env);
  }
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  for (const name of names) {
    expect(readme).toContain(`"docs/${name}"`);
    const made = picture(one, name);
    expect(differences(made, picture(other, name))).toBe(0);
    // Fonts differ from machine to machine, and with them what is drawn.
    const committed = picture(join(projectRoot, 'docs'), name);
    expect([committed.width, committed.height]).toEqual([made.width, made.height]);
    expect(readFileSync(join(projectRoot, 'docs', name)).length).toBeLessThan(200 * 1024);
  }
  expect(differences(picture(one, 'board.png'), picture(one, 'board-dark.png'))).toBeGreaterThan(100_000);
});
