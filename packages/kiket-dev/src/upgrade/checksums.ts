import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { readTextFile } from 'kiket-express/manifest';

/** Where a fork records the checksums of its `packages/`, from its root. */
const record = join('packages', 'checksums.json');

/** A SHA-256 over the names and contents of all files in a folder, except those npm puts there. */
export function checksumOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.split(sep).includes('node_modules'))
    .toSorted();
  const sum = createHash('sha256');
  for (const path of files) {
    const content = createHash('sha256').update(readFileSync(path)).digest('hex');
    sum.update(`${path.slice(folder.length).replaceAll(sep, '/')}\0${content}\n`);
  }
  return sum.digest('hex');
}

/** Records the packages' checksums, so that an upgrade can tell whether someone edited them. */
export function recordChecksums(root: string, names: readonly string[]): void {
  const sums = Object.fromEntries(names.map((name) => [name, checksumOf(join(root, 'packages', name))]));
  writeFileSync(join(root, record), `${JSON.stringify(sums, null, 2)}\n`);
}

/** The packages that were edited since. One without a checksum counts as edited. */
export function editedPackages(root: string, names: readonly string[]): string[] {
  const sums = JSON.parse(readTextFile(join(root, record)) ?? '{}') as Record<string, string>;
  return names.filter((name) => sums[name] !== checksumOf(join(root, 'packages', name)));
}
