import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { makePictures } from '../../src/release/pictures.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';

test('the pictures of the README can be made again: the board, light and dark', async () => {
  const folder = temporaryFolder();
  await makePictures(projectRoot, folder, process.env);
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  const [light, dark] = ['board.png', 'board-dark.png'].map((name) => {
    expect(readme).toContain(`"docs/${name}"`);
    const [made, committed] = [folder, join(projectRoot, 'docs')].map((each) => readFileSync(join(each, name)));
    expect(committed?.length).toBeLessThan(200 * 1024);
    // Fonts differ from machine to machine, and with them what is drawn, but not how large it is.
    const [one, other] = [made, committed].map((file) => PNG.sync.read(file as Buffer));
    expect([one?.width, one?.height]).toEqual([other?.width, other?.height]);
    return one?.data;
  });
  expect(light?.equals(dark as Buffer)).toBe(false);
});
