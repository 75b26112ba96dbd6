import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../build.js', import.meta.url));

/** Builds once before the tests, so that those of the built server never meet an old build. */
export default function build(): void {
  execFileSync(process.execPath, [script, '--if-stale'], { stdio: 'inherit' });
}

/** Builds what runs on a host of functions. */
export function buildFunction(name: 'lambda' | 'vercel'): void {
  execFileSync(process.execPath, [script, name], { stdio: 'inherit' });
}
