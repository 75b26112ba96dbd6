import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './folders.ts';

/** Builds the app once before the tests, so that those of the built server never meet an old build. */
export default function build(): void {
  const script = join(projectRoot, 'packages', 'kiket-express', 'build.js');
  execFileSync(process.execPath, [script, '--if-stale'], { cwd: projectRoot, stdio: 'inherit' });
}
