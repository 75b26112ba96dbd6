// npm run bench: how fast and how light, side by side with other receivers.
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { createPostgres } from '../test/support/postgresServer.ts';
import { compare, connectionCounts, type Comparison } from './compare.ts';
import { stopLoad } from './fire.ts';
import { buildWithoutExpress, canPin, guardian, installPeer, peerNames, temporaryFolder } from './receivers.ts';

const help = `Measures the built guardian beside other receivers, in one run, round by round.

  npm run bench                    about ten minutes
  npm run bench -- --quick         a second of each, to check that it works; the figures mean nothing
  npm run bench -- --peers NAMES   which other receivers: ${peerNames.slice(1).join(', ')}, or none

  --rounds N      how often the throughput of each receiver is measured, in turn (15)
  --seconds N     how long each measurement takes (1)
  --deliveries N  how many to send before memory and CPU time are read (100000)
  --json          prints the results as JSON
  --help          prints this

The server and the load each get their own core if \`taskset\` is available. Ratios are to the floor of the same round: node:http
with an HMAC, JSON.parse and checks written by hand. PostgreSQL is the one that the tests use. The other receivers are installed
from npm into a temporary folder on first use.
`;

/** The command line is invalid; the message says why. */
class UsageError extends Error {}

/** Everything that was measured. */
export interface Report {
  node: string;
  isPinned: boolean;
  isQuick: boolean;
  compare: Comparison[];
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      deliveries: { type: 'string', default: '100000' },
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
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
    peers: values.peers === 'none' ? [] : namesOf(values.peers),
  };
}

function namesOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !peerNames.some((each) => each === name));
  if (unknown.length > 0) throw new UsageError(`--peers knows ${peerNames.join(', ')}, not ${unknown.join(', ')}.`);
  return names;
}

async function measure(options: ReturnType<typeof readOptions>): Promise<Report> {
  const { peers, isQuick } = options;
  const onProgress = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
  };
  const folder = temporaryFolder();
  const postgres = await createPostgres();
  try {
    const sqlite = (name: string) => `file:${folder.path}/${name}.db`;
    const receivers = [
      ...peerNames.filter((name) => name === 'floor' || peers.includes(name)).map(installPeer),
      guardian('the guardian on node:http, SQLite', sqlite('b'), buildWithoutExpress(folder.path)),
      guardian('the guardian on Express, SQLite', sqlite('a')),
      guardian('the guardian on Express, PostgreSQL', `${postgres.url}/postgres`),
    ];
    const compared = await compare(receivers, { ...options, starts: isQuick ? 1 : 10, onProgress });
    onProgress('');
    return { node: process.version, isPinned: canPin, isQuick, compare: compared };
  } finally {
    stopLoad();
    await postgres.remove();
    folder.remove();
  }
}

function show({ node, isPinned, isQuick, compare: compared }: Report): string {
  const where = isPinned ? 'server and load on a core each' : 'server and load on the same cores';
  const [few = 5, many = 50] = connectionCounts;
  const table = new Table({
    head: ['', String(few), String(many), `p99 ${few}`, `p99 ${many}`, 'start', 'MiB after', 'CPU s/100k'],
    colAligns: ['left', ...Array<'right'>(7).fill('right')],
    style: { head: [], border: [], compact: true },
  });
  for (const row of compared) {
    const ratios = [row.ratios[few], row.ratios[many]].map((ratio) => ratio?.toFixed(2) ?? '');
    const p99s = [row.p99s[few], row.p99s[many]].map((ratio) => ratio?.toFixed(1) ?? '');
    const needs = [row.start.toFixed(1), row.residentMiB.toFixed(0), row.cpuSeconds.toFixed(1)];
    table.push([row.name, ...ratios, ...p99s, ...needs]);
  }
  return `${isQuick ? 'A quick run: these figures mean nothing.\n' : ''}Node ${node}, ${where}

Of the floor's deliveries a second and × its p99, over ${few} and ${many} connections; a start in × \`node -e 0\`
${table.toString()}
`;
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
