import Table from 'cli-table3';
import type { InFlightCost, StoredCost } from './growth.ts';
import type { Needs } from './memory.ts';
import type { Size } from './size.ts';
import type { Start } from './start.ts';
import type { SoakPoint } from './soak.ts';
import type { Throughput } from './throughput.ts';

/** All that was measured. What was not asked for is missing. */
export interface Report {
  node: string;
  isPinned: boolean;
  isQuick: boolean;
  throughput?: Throughput[];
  start?: Start[];
  memory?: Needs[];
  size?: Size;
  stored?: StoredCost[];
  inFlight?: InFlightCost[];
  soak?: SoakPoint[];
}

/** The report as tables, for people. */
export function showReport(report: Report): string {
  const { throughput = [], start = [], memory = [], stored = [], inFlight = [], soak = [], size } = report;
  const counts = [...new Set(throughput.map(({ connections }) => connections))];
  const sections = [
    ...counts.map((count) =>
      table(
        `Throughput over ${count} connections`,
        ['', 'per second', 'of the floor', 'lowest to highest', 'p99 ms', '× floor', 'failed'],
        throughput
          .filter(({ connections }) => connections === count)
          .map((row) => [
            row.name,
            String(Math.round(row.perSecond)),
            row.ratio.toFixed(2),
            `${row.lowest.toFixed(2)} to ${row.highest.toFixed(2)}`,
            row.p99.toFixed(2),
            row.p99Ratio.toFixed(1),
            String(row.failed),
          ]),
      ),
    ),
    table(
      'From spawn to the first signed 200',
      ['', 'ms'],
      start.map(({ name, startMs }) => [name, startMs.toFixed(0)]),
    ),
    table(
      'Memory and processor',
      ['', 'idle MiB', 'after MiB', 'deliveries', 'CPU s per 100,000'],
      memory.map((row) => [
        row.name,
        row.idleMiB.toFixed(0),
        row.afterMiB.toFixed(0),
        String(row.deliveries),
        row.cpuSecondsPer100k.toFixed(1),
      ]),
    ),
    table(
      'To install for production',
      ['packages', 'installed MiB', 'build MiB'],
      size === undefined ? [] : [[String(size.packages), size.installedMiB.toFixed(0), size.buildMiB.toFixed(1)]],
    ),
    table(
      'A decision that asks the store, SQLite',
      ['approvals stored', 'ms'],
      stored.map(({ approvals, decisionMs }) => [String(approvals), decisionMs.toFixed(2)]),
    ),
    table(
      'Deliveries at once, SQLite',
      ['connections', 'answered', 'p50 ms', 'p99 ms', 'refused', 'p99 ms'],
      inFlight.map(({ connections, answered, p50, p99, refused, refusedP99 }) => [
        ...[connections, answered].map(String),
        ...[p50, p99].map((milliseconds) => milliseconds.toFixed(1)),
        String(refused),
        refusedP99.toFixed(1),
      ]),
    ),
    table(
      'A soak',
      ['', 'deliveries', 'resident MiB', 'heap MiB', 'failed'],
      soak.map((row) => [
        row.name,
        String(row.deliveries),
        row.residentMiB.toFixed(0),
        row.heapMiB.toFixed(1),
        String(row.failed),
      ]),
    ),
  ];
  const where = report.isPinned ? 'server and load on a core each' : 'server and load on the same cores';
  const warning = report.isQuick ? 'A quick run: these figures mean nothing.\n' : '';
  return `${warning}Node ${report.node}, ${where}\n${sections.filter((section) => section !== '').join('')}`;
}

/** Nothing if there are no rows. */
function table(title: string, head: string[], rows: string[][]): string {
  if (rows.length === 0) return '';
  const noBorders = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid']
      .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
      .map((name) => [name, '']),
  );
  const drawn = new Table({
    head,
    colAligns: head.map((name, index) => (index === 0 && name === '' ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
    chars: { ...noBorders, middle: ' ' },
  });
  drawn.push(...rows);
  return `\n${title}\n${drawn.toString().replace(/ +$/gm, '')}\n`;
}
