import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Main } from '../../src/commandLine.ts';
import { projectRoot } from '../../../kiket-express/src/server/setup.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
import { runHere } from './commands.ts';
import { run, type Finished } from '../../../kiket-express/test/support/processes.ts';

const scripts: Readonly<Record<string, string>> = packageJson.scripts;

/** The TypeScript file that an npm script ends with; `undefined` if it runs something else. */
export function sourceOf(name: string): string | undefined {
  return /\btsx (\S+\.ts)$/.exec(scripts[name] ?? '')?.[1];
}

/** Runs `npm run NAME -- WORDS` in this process. Throws for a script that is not one of our commands. */
export async function runNpmScript(name: string, words: readonly string[]): Promise<Finished> {
  const source = sourceOf(name);
  if (source === undefined) throw new Error(`npm run ${name} runs no TypeScript file.`);
  const path = join(projectRoot, source);
  if (!/^export .*\bmain\b/m.test(readFileSync(path, 'utf8'))) return run('npx', ['tsx', path, ...words]);
  const { main } = (await import(path)) as { main: Main };
  return runHere(main, words);
}
