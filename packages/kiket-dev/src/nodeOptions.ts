import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { typescript = false } = process.features as { typescript?: false | string };

const loader = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Node.js options to run a TypeScript file: none from 22.18 on, which strips types itself. */
export const forTypeScript: readonly string[] = typescript === false ? ['--import', loader()] : [];
