import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot } from '../../src/setup.ts';
import type { Sandbox } from '../sandbox.ts';
import { startGuardian, type GuardianProcess } from './guardian.ts';

/** How often files are looked at, in milliseconds. */
const everyMs = 300;

/**
 * Starts the guardian as {@link startGuardian} does, and again whenever a file in `src/` is saved; the sandbox and its
 * state stay. One that does not start after that is waited for: the next save may mend it. One that was overtaken by a
 * save while it started takes no deliveries: it may have read the file before, and goes in the next instant.
 */
export async function keepGuardian(sandbox: Sandbox, env: Readonly<Record<string, string>>): Promise<GuardianProcess> {
  const over = new AbortController();
  const saves = lookForSaves(join(projectRoot, 'src'));
  const isCurrent = () => !saves.areThere();
  const first = await startGuardian(sandbox, env, isCurrent);
  let guardian: GuardianProcess | undefined = first;
  let tell: (how: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    tell = resolve;
  });
  void lookAfter(first);

  async function lookAfter(started: GuardianProcess): Promise<void> {
    const how = await started.ended;
    if (guardian === started) tell(how);
  }

  async function restart(): Promise<void> {
    sandbox.lose('The guardian starts again, because a file in src/ was saved.');
    const old = guardian;
    guardian = undefined;
    await old?.stop();
    try {
      guardian = await startGuardian(sandbox, env, isCurrent);
      void lookAfter(guardian);
    } catch (error) {
      if (over.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${reason}\nMend it and save: the guardian is then started again.\n`);
      sandbox.lose('The guardian does not start: see the terminal. Mend it and save.');
    }
  }

  async function restartOnSaves(): Promise<void> {
    while (!over.signal.aborted) {
      await wait(everyMs, undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted || !saves.areThere()) continue;
      saves.note();
      await restart();
    }
  }

  const watched = restartOnSaves();
  return {
    url: first.url,
    ended,
    stop: async () => {
      over.abort();
      await watched;
      const last = guardian;
      guardian = undefined;
      await last?.stop();
    },
  };
}

/**
 * Tells whether files in a folder have changed since that was noted last. Looks at their times again and again: watching
 * by the system's means has limits, and not every folder that is shared has it.
 */
function lookForSaves(folder: string): { areThere: () => boolean; note: () => void } {
  let noted = timesOf(folder);
  return {
    areThere: () => {
      const now = timesOf(folder);
      return now !== undefined && now !== noted;
    },
    note: () => void (noted = timesOf(folder)),
  };
}

/** Every file with the time of its last change; nothing if one vanished meanwhile. */
function timesOf(folder: string): string | undefined {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`).join('\n');
  } catch {
    return undefined;
  }
}
