// What a process uses, and what a folder holds.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Resident memory, in MiB: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export function readMemory(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** Time on a processor, of all threads. The kernel counts in hundredths: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function readCpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

interface LockFile {
  packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
}

/** How large what `npm ci --omit=dev` installs in a folder is, in MiB, by its lock file. Nothing without one. */
export function readInstalledMiB(folder: string): number {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as LockFile;
  const installed = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path]) => join(folder, path));
  // A package inside another one is counted with it.
  const outer = installed.filter((path) => !installed.some((other) => path.startsWith(`${other}/`)));
  const counted = new Set<number>();
  return outer.map((path) => bytesIn(path, counted)).reduce((total, bytes) => total + bytes, 0) / 1024 / 1024;
}

/** Nothing for a package of another platform, which is not there. A file with two names, as esbuild's has, counts once. */
function bytesIn(path: string, counted: Set<number>): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || counted.has(found.ino)) return 0;
  counted.add(found.ino);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path)
    .map((name) => bytesIn(join(path, name), counted))
    .reduce((total, bytes) => total + bytes, 0);
}
