import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Sandbox } from '../sandbox.ts';
import type { ExtensionOptions, StartedExtension, StartExtension } from './extensionProcess.ts';

/** How often files are checked, in milliseconds. */
const everyMs = 300;

/** How an extension's process is kept running. */
export interface KeepOptions extends ExtensionOptions {
  start: StartExtension;
}

/**
 * Starts the extension and connects a sandbox to it, and restarts it whenever a source is saved; the sandbox keeps its
 * state. If it doesn't start, the next save tries again. If a save arrives while it starts, it gets no deliveries,
 * because it may have read the old file, and is restarted.
 */
export async function keepExtension(sandbox: Sandbox, options: KeepOptions): Promise<StartedExtension> {
  const { start, root } = options;
  const over = new AbortController();
  const saves = lookForSaves(join(root, 'src'));
  const first = await startConnected();
  let extension: StartedExtension | undefined = first;
  let finish: (how: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    finish = resolve;
  });
  void lookAfter(first);

  async function startConnected(): Promise<StartedExtension> {
    const started = await start(sandbox, options);
    if (!saves.areThere()) sandbox.connect(started.url);
    return started;
  }

  async function lookAfter(started: StartedExtension): Promise<void> {
    const how = await started.ended;
    if (extension === started) finish(how);
  }

  async function restart(): Promise<void> {
    sandbox.lose('The extension is restarting because a file in src/ was saved.');
    const old = extension;
    extension = undefined;
    await old?.stop();
    try {
      extension = await startConnected();
      void lookAfter(extension);
    } catch (error) {
      if (over.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      options.io.stderr.write(`${reason}\nFix it and save: the extension then restarts.\n`);
      sandbox.lose("The extension doesn't start: see the terminal. Fix it and save.");
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
      const last = extension;
      extension = undefined;
      await last?.stop();
    },
  };
}

/**
 * Checks whether files in a folder have changed since the last call. Polls their times, because file watching has
 * system limits and doesn't work on all shared folders.
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

/** Every file with its modification time; `undefined` if one vanished meanwhile. */
function timesOf(folder: string): string | undefined {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`).join('\n');
  } catch {
    return undefined;
  }
}
