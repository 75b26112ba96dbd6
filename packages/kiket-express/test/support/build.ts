import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fixtureFolder } from './folders.ts';

const script = fileURLToPath(new URL('../../build.js', import.meta.url));

/** Builds the fixture once before the tests, so that those of the built server never meet an old build. */
export default function build(): void {
  execFileSync(process.execPath, [script, '--if-stale'], { cwd: fixtureFolder, stdio: 'inherit' });
}

/** Builds what of the fixture runs on a host of functions. */
export function buildFunction(name: 'lambda' | 'vercel'): void {
  execFileSync(process.execPath, [script, name], { cwd: fixtureFolder, stdio: 'inherit' });
}
