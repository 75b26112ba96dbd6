import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from 'kiket-express/manifest';
import * as z from 'zod';

const holderSchema = z.object({ pid: z.int(), url: z.string() });

/**
 * Locks a folder for the sandbox at `url`, so that no other one writes there. Takes over the lock of a process that no
 * longer runs. Returns a function that unlocks it; throws an error that names the sandbox that has it.
 */
export function lockFolder(folder: string, url: string): () => void {
  requireFolder(folder);
  const path = join(folder, 'sandbox.lock');
  while (!create(path, { pid: process.pid, url })) {
    refuseIfHeld(path, folder);
    takeAway(path, folder);
  }
  return () => rmSync(path, { force: true });
}

function requireFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Can't write state to ${folder}. Choose another folder with --data. (${reason})`, {
      cause: error,
    });
  }
}

function create(path: string, holder: z.infer<typeof holderSchema>): boolean {
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function refuseIfHeld(path: string, folder: string): void {
  const text = read(path);
  if (text === undefined) return;
  const { data } = holderSchema.safeParse(parse(text));
  if (data !== undefined && !isAlive(data.pid)) return;
  const who = data === undefined ? 'Another sandbox' : `The sandbox at ${data.url} (process ${data.pid})`;
  const otherwise = `If none is running, delete ${path}.`;
  throw new Error(`${who} keeps its state in ${folder}. Use its --port, or another --data. ${otherwise}`);
}

/** Moves the file away first and checks it again, because another process may have taken it over. */
function takeAway(path: string, folder: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    refuseIfHeld(aside, folder);
    rmSync(aside, { force: true });
  } catch (error) {
    renameSync(aside, path);
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether a process runs, even another user's. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
