// What a process uses.
import { readFileSync } from 'node:fs';

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
