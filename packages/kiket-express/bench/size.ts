import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './receivers.ts';

/** How much there is to install for production. */
export interface Size {
  packages: number;
  installedMiB: number;
  buildMiB: number;
}

interface LockFile {
  packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
}

/** Counts what `npm ci --omit=dev` installs here, by the lock file, and how large it and the build are. */
export function measureSize(): Size {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  const installed = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path]) => join(root, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
  // A package inside another one is counted with it.
  const outer = installed.filter((path) => !installed.some((other) => path.startsWith(`${other}/`)));
  return {
    packages: installed.length,
    installedMiB: sum(outer.map(bytesIn)) / 1024 / 1024,
    buildMiB:
      sum(['index.js', 'server.cjs', 'server.cache'].map((file) => bytesIn(join(root, 'dist', file)))) / 1024 / 1024,
  };
}

function bytesIn(path: string): number {
  const found = lstatSync(path);
  if (!found.isDirectory()) return found.size;
  return sum(readdirSync(path).map((name) => bytesIn(join(path, name))));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
