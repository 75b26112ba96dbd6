import { onTestFinished } from 'vitest';
import { outputTo, type Io, type Main } from '../../src/commandLine.ts';
import { projectRoot } from './folders.ts';
import type { Finished } from './processes.ts';

/** A command that runs in the test's own process. */
export interface RunningCommand {
  finished: Promise<Finished & { code: number }>;
  /** Waits until the output, standard or error, matches; throws all of it if the command ends first. */
  waitFor: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Does what Ctrl-C does. */
  interrupt: () => void;
}

/** What a command gets of the world: nothing of this machine's environment, and no colours. */
export type Around = Partial<Pick<Io, 'cwd' | 'env'>>;

/** A secret in `.env` is none of a test's: a variable that is there, and blank, goes before it. */
const noSecret = { KIKET_WEBHOOK_SECRET: '' };

/** Starts a command of ours in this process, in the project's folder or in another; it is interrupted when the test ends. */
export function startHere(main: Main, words: readonly string[], { cwd = projectRoot, env = noSecret }: Around = {}) {
  const printed = { stdout: '', stderr: '' };
  const looks = new Set<() => void>();
  const capture = (stream: keyof typeof printed) =>
    outputTo(
      {
        write: (text: string) => {
          printed[stream] += text;
          for (const look of looks) look();
        },
      },
      false,
    );
  const ending = new AbortController();
  const finished = main(words, {
    stdout: capture('stdout'),
    stderr: capture('stderr'),
    cwd,
    env,
    interrupted: ending.signal,
  }).then((code) => ({ code, ...printed }));
  onTestFinished(async () => {
    ending.abort();
    await finished;
  });
  const waitFor = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(printed.stdout + printed.stderr);
        if (match === null) return;
        looks.delete(look);
        resolve(match);
      };
      looks.add(look);
      look();
      void finished.then(({ stdout, stderr }) =>
        reject(new Error(`ended before ${String(pattern)}:\n${stdout}${stderr}`)),
      );
    });
  return { finished, waitFor, interrupt: () => ending.abort() } satisfies RunningCommand;
}

/** Runs a command of ours in this process, to its end. */
export function runHere(...command: Parameters<typeof startHere>): RunningCommand['finished'] {
  return startHere(...command).finished;
}
