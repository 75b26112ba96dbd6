// npm run picture: makes the pictures of the board for the README, docs/board.png and docs/board-dark.png.
import { join } from 'node:path';
import { makePictures } from './pictures.ts';

await makePictures(process.cwd(), join(process.cwd(), 'docs'), process.env);
