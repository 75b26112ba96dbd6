// npm run bench: how fast, how light, and how it grows, side by side with other receivers.
import { parseArgs } from 'node:util';
import { createPostgres } from '../test/support/postgresServer.ts';
import { compare, connectionCounts, type Comparison } from './compare.ts';
import { stopLoad } from './fire.ts';
import { measureInFlight, measureStored, type InFlightCost, type StoredCost } from './growth.ts';
import { buildWithoutExpress, canPin, guardian, installPeer, peerNames, temporaryFolder } from './receivers.ts';
import { measureSoak, type SoakPoint } from './soak.ts';
import { table } from './table.ts';

const help = `Measures the built guardian beside other receivers, in one run, round by round.

  npm run bench                    everything but the soak, about a quarter of an hour
  npm run bench -- --quick         a second of each, to check that it works; the figures mean nothing
  npm run bench -- --only NAMES    any of compare, growth and soak, separated by commas. A soak watches memory over
                                   a million deliveries, in twelve minutes
  npm run bench -- --peers NAMES   which other receivers: ${peerNames.slice(1).join(', ')}, or none

  --rounds N      how often the throughput of each receiver is measured, in turn (15)
  --seconds N     how long each measurement takes (1)
  --deliveries N  how many to send before memory and CPU time are read (100000); a soak sends ten times as many
  --json          prints the results as JSON
  --help          prints this

The server and the load each get their own core if \`taskset\` is available. Ratios are to the floor of the same round: node:http
with an HMAC, JSON.parse and checks written by hand. PostgreSQL is the one that the tests use. The other receivers are installed
from npm into a temporary folder on first use.
`;

/** The command line is invalid; the message says why. */
class UsageError extends Error {}

/** Everything that was measured. Parts that weren't requested are missing. */
export interface Report {
  node: string;
  isPinned: boolean;
  isQuick: boolean;
  compare?: Comparison[];
  stored?: StoredCost[];
  inFlight?: InFlightCost[];
  soak?: SoakPoint[];
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      deliveries: { type: 'string', default: '100000' },
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: 'compare,growth' },
      peers: { type: 'string', default: peerNames.slice(1).join(',') },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '1' },
    },
  });
  const [rounds, seconds, deliveries] = [values.rounds, values.seconds, values.deliveries].map(Number) as [
    number,
    number,
    number,
  ];
  if (!(rounds >= 1 && seconds > 0 && deliveries >= 10)) {
    throw new UsageError('--rounds, --seconds and --deliveries are numbers above zero; deliveries are at least 10.');
  }
  const { help: isHelp, json: isJson, quick: isQuick } = values;
  return {
    isHelp,
    isJson,
    isQuick,
    deliveries: isQuick ? 500 : deliveries,
    rounds: isQuick ? 1 : rounds,
    seconds: isQuick ? 0.3 : seconds,
    parts: namesOf('only', values.only, ['compare', 'growth', 'soak']),
    peers: values.peers === 'none' ? [] : namesOf('peers', values.peers, peerNames),
  };
}

function namesOf<Name extends string>(option: string, text: string, known: readonly Name[]): Name[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.some((each) => each === name));
  if (unknown.length > 0) throw new UsageError(`--${option} knows ${known.join(', ')}, not ${unknown.join(', ')}.`);
  return known.filter((name) => names.includes(name));
}

async function measure(options: ReturnType<typeof readOptions>): Promise<Report> {
  const { parts, peers, isQuick, deliveries, seconds } = options;
  const onProgress = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
  };
  const report: Report = { node: process.version, isPinned: canPin, isQuick };
  const folder = temporaryFolder();
  const postgres = await createPostgres();
  try {
    const sqlite = (name: string) => `file:${folder.path}/${name}.db`;
    const guardians = [
      guardian('the guardian on Express, SQLite', sqlite('a')),
      guardian('the guardian on Express, PostgreSQL', `${postgres.url}/postgres`),
    ];
    if (parts.includes('compare')) {
      const others = peerNames.filter((name) => name === 'floor' || peers.includes(name)).map(installPeer);
      const plain = guardian('the guardian on node:http, SQLite', sqlite('b'), buildWithoutExpress(folder.path));
      const receivers = [...others, plain, ...guardians];
      report.compare = await compare(receivers, { ...options, starts: isQuick ? 1 : 10, onProgress });
    }
    if (parts.includes('growth')) {
      onProgress('more and more approvals');
      const steps = isQuick ? [0, 1_000] : [0, 1_000, 10_000, 100_000, 1_000_000];
      report.stored = await measureStored(sqlite('stored'), steps);
      onProgress('more and more deliveries at once');
      const counts = isQuick ? [10, 100] : [10, 100, 1_000, 10_000];
      report.inFlight = await measureInFlight(sqlite('flight'), counts, 4 * seconds);
    }
    if (parts.includes('soak')) {
      report.soak = [];
      for (const receiver of guardians) {
        onProgress(`a soak of ${receiver.name}`);
        const soak = { deliveries: isQuick ? deliveries : 10 * deliveries, settleMs: isQuick ? 500 : 10_000 };
        report.soak.push(...(await measureSoak(receiver, soak)));
      }
    }
    onProgress('');
    return report;
  } finally {
    stopLoad();
    await postgres.remove();
    folder.remove();
  }
}

function show({
  node,
  isPinned,
  isQuick,
  compare: compared = [],
  stored = [],
  inFlight = [],
  soak = [],
}: Report): string {
  const where = isPinned ? 'server and load on a core each' : 'server and load on the same cores';
  const [few = 5, many = 50] = connectionCounts;
  return [
    `${isQuick ? 'A quick run: these figures mean nothing.\n' : ''}Node ${node}, ${where}\n`,
    table(
      `Of the floor's deliveries a second and × its p99, over ${few} and ${many} connections; a start in × \`node -e 0\``,
      [
        '',
        String(few),
        String(many),
        `p99 ${few}`,
        `p99 ${many}`,
        'start',
        'ms',
        'MiB after',
        'CPU s/100k',
        'installed MiB',
      ],
      compared.map((row) => [
        row.name,
        ...[row.ratios[few], row.ratios[many]].map((ratio) => ratio?.toFixed(2)),
        ...[row.p99s[few], row.p99s[many]].map((ratio) => ratio?.toFixed(1)),
        row.start.toFixed(1),
        row.startMs.toFixed(0),
        row.residentMiB.toFixed(0),
        row.cpuSeconds.toFixed(1),
        row.installedMiB.toFixed(0),
      ]),
    ),
    table(
      'A decision that asks the store, SQLite, with so many approvals, identities and aliases',
      ['approvals stored', 'ms'],
      stored.map(({ approvals, decisionMs }) => [approvals, decisionMs.toFixed(2)]),
    ),
    table(
      'Deliveries at once, SQLite',
      ['connections', 'answered', 'p50 ms', 'p99 ms', 'refused', 'p99 ms'],
      inFlight.map((row) => [
        row.connections,
        row.answered,
        row.p50.toFixed(1),
        row.p99.toFixed(1),
        row.refused,
        row.refusedP99.toFixed(1),
      ]),
    ),
    table(
      'A soak',
      ['', 'deliveries', 'resident MiB', 'heap MiB', 'failed'],
      soak.map((row) => [row.name, row.deliveries, row.residentMiB.toFixed(0), row.heapMiB.toFixed(1), row.failed]),
    ),
  ].join('');
}

try {
  const options = readOptions();
  const report = options.isHelp ? undefined : await measure(options);
  if (report === undefined) process.stdout.write(help);
  else process.stdout.write(options.isJson ? `${JSON.stringify(report, null, 2)}\n` : show(report));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  const isWrongLine =
    error instanceof UsageError || String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
  process.exitCode = isWrongLine ? 2 : 1;
}
