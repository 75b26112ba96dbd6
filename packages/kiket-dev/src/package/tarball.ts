import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { Pack } from 'tar';
import type { PackedFile } from './contents.ts';

/** The time of every file in a package: npm's. The current time would change the bytes. */
const mtime = new Date('1985-10-26T08:15:00Z');

/**
 * A gzipped tarball whose bytes only depend on paths, contents and executable bits.
 *
 * @param root folder of the files
 * @param maxBytes the largest tarball allowed
 * @throws Error if it's larger
 */
export async function packFiles(root: string, files: readonly PackedFile[], maxBytes: number): Promise<Buffer> {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const statCache = new Map(
    sorted.map(({ path, isExecutable }) => {
      const stat = lstatSync(join(root, path));
      const mode = (stat.mode & ~0o7777) | (isExecutable ? 0o755 : 0o644);
      // With several links, a file could become a link to another in the tarball.
      return [join(root, path), Object.assign(stat, { mode, nlink: 1 })];
    }),
  );
  const pack = new Pack({ cwd: root, gzip: { level: 9 }, mtime, portable: true, statCache, strict: true });
  for (const { path } of sorted) pack.add(path);
  pack.end();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of pack) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(describeSize(sorted, statCache, { root, maxBytes }));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function describeSize(
  files: readonly PackedFile[],
  stats: ReadonlyMap<string, { size: number }>,
  { root, maxBytes }: { root: string; maxBytes: number },
): string {
  const sizes = files.map(({ path }) => ({ path, size: stats.get(join(root, path))?.size ?? 0 }));
  const largest = sizes.toSorted((one, other) => other.size - one.size).slice(0, 5);
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
  return [
    `The package would be larger than ${megabytes(maxBytes)} MiB, Kiket's limit. The largest files are:`,
    ...largest.map(({ path, size }) => `  ${path} (${megabytes(size)} MiB)`),
    "Untrack what the extension doesn't need to run: git rm --cached FILE, and add it to .gitignore.",
  ].join('\n');
}
