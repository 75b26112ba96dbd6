import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** The project of these tests: a small extension. */
export const fixtureFolder = resolve(import.meta.dirname, '../fixture');

/** A folder for one test; it is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardian-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
