import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** This repository. Its app is the project that the tool is tried on. */
export const projectRoot = resolve(import.meta.dirname, '../../../..');

/** A folder for one test; it is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kiket-dev-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes files into a folder, by path from there, with the folders that they need. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** What the tool needs of a project. */
const parts = ['.kiket', 'node_modules', 'package.json', 'replay', 'src'];

/** The app as a project of its own: links to what the tool needs of it, without anybody's `.env` and `data/`. */
export function linkProject(folder = temporaryFolder()): string {
  for (const part of parts) symlinkSync(join(projectRoot, part), join(folder, part));
  return folder;
}
