import { writeFileSync } from 'node:fs';
import { createPostgres } from '../test/support/postgresServer.ts';
import { extentOf, UsageError, type BenchOptions } from './extent.ts';
import { stopLoad } from './fire.ts';
import { measureInFlight, measureStored } from './growth.ts';
import { measureNeeds } from './memory.ts';
import { plot } from './plot.ts';
import { canPin } from './processes.ts';
import {
  buildPeers,
  guardian,
  peers,
  start,
  temporaryFolder,
  type Receiver,
  type RunningReceiver,
} from './receivers.ts';
import { showReport, type Report } from './report.ts';
import { measureSize } from './size.ts';
import { measureSoak } from './soak.ts';
import { measureNode, measureStart } from './start.ts';
import { measureThroughput } from './throughput.ts';

const parts = ['throughput', 'start', 'memory', 'size', 'growth', 'soak'] as const;

/** Measures and reports. Throws a {@link UsageError} for options that make no sense. */
export async function run(options: BenchOptions): Promise<void> {
  const extent = extentOf(options);
  const chosen = options.only.split(',').map((name) => name.trim());
  const unknown = chosen.filter((name) => !parts.some((part) => part === name));
  if (unknown.length > 0) throw new UsageError(`--only knows ${parts.join(', ')}, not ${unknown.join(', ')}.`);
  if (options.plot !== undefined && !chosen.includes('throughput')) throw new UsageError('--plot needs throughput.');
  const peer = peerOf(options);
  const onProgress = progress(options.json);
  const folder = temporaryFolder();
  const postgres = await createPostgres();
  try {
    await buildPeers();
    const sqlite = (name: string) => `file:${folder.path}/${name}.db`;
    const guardians = [
      guardian('the guardian, SQLite', sqlite('a')),
      guardian('the guardian, PostgreSQL', `${postgres.url}/postgres`),
    ];
    const report: Report = { node: process.version, isPinned: canPin, isQuick: options.quick };
    const measures: Record<(typeof parts)[number], () => Promise<void>> = {
      throughput: async () => {
        report.throughput = await withRunning([...Object.values(peers), ...peer, ...guardians], (running) =>
          measureThroughput(running, { connections: [5, 50], ...extent, onProgress }),
        );
      },
      start: async () => {
        report.start = [await measureNode(extent.starts)];
        for (const receiver of guardians) {
          onProgress(`starting ${receiver.name}`);
          report.start.push(await measureStart(receiver, extent.starts));
        }
      },
      memory: async () => {
        report.memory = [];
        for (const receiver of [peers.template, ...guardians]) {
          onProgress(`${extent.deliveries} deliveries to ${receiver.name}`);
          report.memory.push(await measureNeeds(receiver, extent.deliveries));
        }
      },
      size: async () => {
        report.size = measureSize();
      },
      growth: async () => {
        onProgress(`storing up to ${extent.stored.at(-1)} approvals`);
        report.stored = await measureStored(sqlite('stored'), extent.stored);
        onProgress(`up to ${extent.inFlight.at(-1)} deliveries at once`);
        report.inFlight = await measureInFlight(sqlite('flight'), extent.inFlight, extent.inFlightSeconds);
      },
      soak: async () => {
        report.soak = [];
        for (const receiver of guardians) {
          onProgress(`${extent.soak} deliveries to ${receiver.name}`);
          report.soak.push(...(await measureSoak(receiver, extent)));
        }
      },
    };
    for (const part of parts) if (chosen.includes(part)) await measures[part]();
    onProgress('');
    if (options.plot !== undefined) writeFileSync(options.plot, plot(report));
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : showReport(report));
  } finally {
    stopLoad();
    await postgres.remove();
    folder.remove();
  }
}

function peerOf({ peer, url, secret }: BenchOptions): Receiver[] {
  if (peer === undefined) return [];
  if (url === undefined || secret === undefined) throw new UsageError('--peer needs --url and --secret.');
  return [{ name: peer, command: ['sh', '-c', `exec ${peer}`], env: {}, url, secret }];
}

async function withRunning<Value>(
  receivers: readonly Receiver[],
  use: (running: readonly RunningReceiver[]) => Promise<Value>,
): Promise<Value> {
  const running: RunningReceiver[] = [];
  try {
    for (const receiver of receivers) running.push(await start(receiver));
    return await use(running);
  } finally {
    for (const receiver of running) await receiver.stop();
  }
}

/** One line that says what is going on, on a terminal. */
function progress(isQuiet: boolean): (text: string) => void {
  if (isQuiet || !process.stderr.isTTY) return () => {};
  return (text) => void process.stderr.write(`\r\u001B[K${text}`);
}
