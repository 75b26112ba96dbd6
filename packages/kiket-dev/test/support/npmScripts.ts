import { main } from '../../src/cli.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
import { runHere } from './commands.ts';
import type { Finished } from './processes.ts';

/** The npm scripts that are a command of kiket-dev, by name. */
export const commands = Object.fromEntries(
  Object.entries<string>(packageJson.scripts).flatMap(([name, script]) => {
    const [, command] = /^kiket-dev (\w+)$/.exec(script) ?? [];
    return command === undefined ? [] : [[name, command]];
  }),
);

/** Runs `npm run NAME -- WORDS` in this process. Throws for a script that is not one of our commands. */
export async function runNpmScript(name: string, words: readonly string[]): Promise<Finished> {
  const command = commands[name];
  if (command === undefined) throw new Error(`npm run ${name} is not a command of kiket-dev.`);
  return runHere(main, [command, ...words]);
}
