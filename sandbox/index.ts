// npm run sandbox: a local Kiket, and commands that move issues in it.
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { allowNoReader } from '../scripts/commandLine.ts';
import { projectRoot } from '../src/setup.ts';
import { commands, type CommandOptions, type Said } from './cli/commands.ts';
import { connectTo, defaultPort, whatIsAt } from './cli/connection.ts';
import { CommandError } from './cli/errors.ts';
import { unlessInterrupted } from './cli/interrupt.ts';
import type { Place } from './cli/run.ts';

const help = `A local Kiket: projects, issues and people, whose moves the guardian is asked about.

  npm run sandbox                                  starts it, the guardian beside it and a page to look at
  npm run sandbox -- story                         plays how an issue gets done, from fresh state

  npm run sandbox -- issues                        what there is
  npm run sandbox -- show ORD-42                   one issue: fields, waiting move, comments, rows about it
  npm run sandbox -- transition ORD-42 done --as mira@example.com
  npm run sandbox -- set ORD-42 assignee_id=19 --as mira@example.com
  npm run sandbox -- act approve_transition ORD-42 --as noor@example.com
  npm run sandbox -- act guardian_report --project ORD
  npm run sandbox -- deliveries [ID]               what was sent and answered
  npm run sandbox -- redeliver ID|EVENT            sends it once more, under the same id; for an event, its latest
  npm run sandbox -- fault [NAME [VALUE]]          lists faults, or sets one: latency 2000, error on, error 2
  npm run sandbox -- fault off                     sets all of them right
  npm run sandbox -- reset                         begins the story anew

  --port NUMBER     where it listens on this machine (${defaultPort})
  --data FOLDER     where the state is kept (data/)
  --guardian URL    a guardian that runs already, instead of one of its own
  --secret SECRET   that guardian's webhook secret (KIKET_WEBHOOK_SECRET, also from .env)
  --as EMAIL        who does it: mira@example.com, noor@example.com or sam@example.com
  --project KEY     what an action without an issue is about
  --json            prints JSON
  --help            prints this

Commands talk to the sandbox that runs at the port. If none does, one runs for as long as the command takes.

Exit code: 0 if the command was carried out, whatever a guard said; 1 if not, or if the story went another way; 2 if the
command is wrong.
`;

allowNoReader();
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      as: { type: 'string' },
      data: { type: 'string', default: join(projectRoot, 'data') },
      guardian: { type: 'string' },
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      port: { type: 'string', default: defaultPort },
      project: { type: 'string' },
      secret: { type: 'string' },
    },
  });
  const [name, ...words] = positionals;
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const { data, guardian, secret, as, project } = values;
  const place = { port: readPort(values.port), data, guardian, secret };
  if (name === undefined) {
    const { startKept } = await loadRun();
    const { serve } = await import('./cli/serve.ts');
    await serve(await startKept(place, { stay: true }), values.json);
    return 0;
  }
  if (name === 'story') return tellStory(values.json);
  const said = await runCommand(place, [name, ...words], { as, project });
  process.stdout.write(values.json ? `${JSON.stringify(said.value, null, 2)}\n` : said.text);
  return 0;
}

/** Loaded when it is used: a command that talks to a running sandbox needs none of its own. */
function loadRun() {
  return import('./cli/run.ts');
}

async function tellStory(isJson: boolean): Promise<number> {
  const { startFresh } = await loadRun();
  const { playStory, storySettings, transcript, wentAsTold } = await import('./cli/story.ts');
  const { sandbox, stop } = await startFresh(storySettings);
  try {
    const told = await unlessInterrupted(playStory(sandbox));
    process.stdout.write(isJson ? `${JSON.stringify(told, null, 2)}\n` : transcript(told));
    return wentAsTold(told) ? 0 : 1;
  } finally {
    await stop();
  }
}

async function runCommand(
  place: Place,
  [name = '', ...words]: readonly string[],
  options: CommandOptions,
): Promise<Said> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const known = ['story', ...Object.keys(commands)].join(', ');
    throw new CommandError(`There is no command ${name}. There are: ${known}. See npm run sandbox -- --help.`);
  }
  const wanted = command.words.split(' ').filter((word) => word !== '');
  const needed = command.words
    .replaceAll(/\[.*\]/g, '')
    .split(' ')
    .filter((word) => word !== '');
  if (words.length < needed.length || words.length > wanted.length) {
    throw new CommandError(`Write: npm run sandbox -- ${name} ${command.words}`.trim());
  }
  command.check?.(words);
  return withSandbox(place, (url) => command.run(connectTo(url), words, options));
}

/** Uses the sandbox at the port, or one that runs for as long as it is used. */
async function withSandbox<Value>(place: Place, use: (url: string) => Promise<Value>): Promise<Value> {
  const url = `http://127.0.0.1:${place.port}`;
  const found = await whatIsAt(url);
  if (found === 'something else') {
    throw new CommandError(`What listens on port ${place.port} is no sandbox. Choose another port with --port.`, 1);
  }
  if (found === 'sandbox') return use(url);
  process.stderr.write('No sandbox is running, so one runs for this command. Keep one with: npm run sandbox\n');
  const { startKept } = await loadRun();
  const { stop } = await startKept(place);
  try {
    return await unlessInterrupted(use(url));
  } finally {
    await stop();
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new CommandError(`--port ${text} is no port: write a number from 1 to 65535.`);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}
