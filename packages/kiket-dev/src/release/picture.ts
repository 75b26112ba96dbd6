// npm run picture: takes the README's pictures of the board, docs/board.png and docs/board-dark.png.
import { join } from 'node:path';
import { makePictures } from './pictures.ts';

await makePictures(process.cwd(), join(process.cwd(), 'docs'), process.env);
