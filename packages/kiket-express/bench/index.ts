// npm run bench: how fast, how light, and how it grows, side by side with other receivers.
import { parseArgs } from 'node:util';
import { run } from './run.ts';

const help = `Measures the guardian as built beside other receivers, in one run, round by round.

  npm run bench                    everything, about ten minutes
  npm run bench -- --quick         a second of each, to see that it runs: its figures mean nothing
  npm run bench -- --only NAMES    of throughput, start, memory, size, growth and soak, separated by commas. A soak is run
                                   only where it is named: memory on the way through a million deliveries, twelve minutes
  npm run bench -- --peer CMD --url URL --secret SECRET
                                   with another server besides: CMD starts it, and it answers a signed
                                   workflow.before_transition at URL with 200

  --rounds N      how often the throughput of each receiver is measured, in turn (15)
  --seconds N     how long each time (1)
  --deliveries N  how many for memory (100000) and for a soak (1000000)
  --plot FILE     draws the throughput over 5 connections as SVG
  --json          prints the results as JSON
  --help          prints this

Server and load run on a core each where \`taskset\` is there. Ratios are to the floor of the same round: node:http
with an HMAC, JSON.parse and checks written by hand. PostgreSQL is the one that the tests bring along.
`;

/** `npm run bench` */
export async function main(argv: readonly string[], stdout: { write: (text: string) => unknown }): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      deliveries: { type: 'string' },
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: 'throughput,start,memory,size,growth' },
      peer: { type: 'string' },
      plot: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '1' },
      secret: { type: 'string' },
      url: { type: 'string' },
    },
  });
  if (values.help) stdout.write(help);
  else await run(values);
}

if (import.meta.url.endsWith(process.argv[1]?.replace(/^.*(?=\/bench\/)/, '') ?? '-'))
  await main(process.argv.slice(2), process.stdout);
