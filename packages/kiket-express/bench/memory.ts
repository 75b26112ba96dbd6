import { readFileSync } from 'node:fs';
import { start, type Receiver } from './receivers.ts';
import { fire } from './fire.ts';

/** What a receiver needs. Memory is resident and in MiB. */
export interface Needs {
  name: string;
  idleMiB: number;
  afterMiB: number;
  deliveries: number;
  cpuSecondsPer100k: number;
}

/** Starts a receiver, fires so many deliveries at it over 50 connections, and looks at what it used. */
export async function measureNeeds(receiver: Receiver, deliveries: number): Promise<Needs> {
  const running = await start(receiver);
  try {
    const idleMiB = readMemory(running.pid);
    const before = readCpuSeconds(running.pid);
    await fire(running, { connections: 50, amount: deliveries });
    const used = readCpuSeconds(running.pid) - before;
    const afterMiB = readMemory(running.pid);
    return { name: receiver.name, idleMiB, afterMiB, deliveries, cpuSecondsPer100k: (used / deliveries) * 100_000 };
  } finally {
    await running.stop();
  }
}

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
