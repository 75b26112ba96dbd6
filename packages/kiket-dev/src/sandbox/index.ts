// npm run sandbox: a local Kiket, and commands that move issues in it.
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { command, isStarted, runScript, UsageError, type Main } from '../commandLine.ts';
import { projectRoot } from '../../../kiket-express/src/server/setup.ts';
import { commands, type CommandOptions, type Said } from './cli/commands.ts';
import { connectTo, defaultPort, whatIsAt } from './cli/connection.ts';
import { startProcess, type StartGuardian } from './cli/guardian.ts';
import { unlessInterrupted } from './cli/interrupt.ts';
import type { Place, Surroundings } from './cli/run.ts';

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

/** `npm run sandbox`, with guardians that are processes of their own. */
export const main = sandboxWith(startProcess);
if (isStarted(import.meta.url)) await runScript(main);

/** `npm run sandbox`, with guardians that are started in another way. */
export function sandboxWith(startGuardian: StartGuardian): Main {
  return command((argv, io) => run(argv, { io, startGuardian }));
}

async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  const { io } = around;
  const { values, positionals } = parseArgs({
    args: [...argv],
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
    io.stdout.write(help);
    return 0;
  }
  const { data, guardian, secret, as, project } = values;
  const place = { port: readPort(values.port), data, guardian, secret };
  if (name === undefined) {
    const { startKept } = await loadRun();
    const { serve } = await import('./cli/serve.ts');
    await serve(await startKept(place, { ...around, stay: true }), values.json, io);
    return 0;
  }
  if (name === 'story') return tellStory(values.json, around);
  const said = await runCommand({ place, ...around }, [name, ...words], { as, project });
  io.stdout.write(values.json ? `${JSON.stringify(said.value, null, 2)}\n` : said.text);
  return 0;
}

/** Loaded when it is used: a command that talks to a running sandbox needs none of its own. */
function loadRun() {
  return import('./cli/run.ts');
}

async function tellStory(isJson: boolean, around: Surroundings): Promise<number> {
  const { startFresh } = await loadRun();
  const { playStory, storySettings, transcript, wentAsTold } = await import('./cli/story.ts');
  const { sandbox, stop } = await startFresh(storySettings, around);
  try {
    const told = await unlessInterrupted(playStory(sandbox), around.io);
    around.io.stdout.write(isJson ? `${JSON.stringify(told, null, 2)}\n` : transcript(told));
    return wentAsTold(told) ? 0 : 1;
  } finally {
    await stop();
  }
}

/** Which sandbox a command is for. */
type Where = Surroundings & { place: Place };

async function runCommand(
  where: Where,
  [name = '', ...words]: readonly string[],
  options: CommandOptions,
): Promise<Said> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    const known = ['story', ...Object.keys(commands)].join(', ');
    throw new UsageError(`There is no command ${name}. There are: ${known}. See npm run sandbox -- --help.`);
  }
  const wanted = entry.words.split(' ').filter((word) => word !== '');
  const needed = entry.words
    .replaceAll(/\[.*\]/g, '')
    .split(' ')
    .filter((word) => word !== '');
  if (words.length < needed.length || words.length > wanted.length) {
    throw new UsageError(`Write: npm run sandbox -- ${name} ${entry.words}`.trim());
  }
  entry.check?.(words);
  return withSandbox(where, (url) => entry.run(connectTo(url), words, options));
}

/** Uses the sandbox at the port, or one that runs for as long as it is used. */
async function withSandbox<Value>({ place, ...around }: Where, use: (url: string) => Promise<Value>): Promise<Value> {
  const url = `http://127.0.0.1:${place.port}`;
  const found = await whatIsAt(url);
  if (found === 'something else') {
    throw new Error(`What listens on port ${place.port} is no sandbox. Choose another port with --port.`);
  }
  if (found === 'sandbox') return use(url);
  around.io.stderr.write('No sandbox is running, so one runs for this command. Keep one with: npm run sandbox\n');
  const { startKept } = await loadRun();
  const { stop } = await startKept(place, around);
  try {
    return await unlessInterrupted(use(url), around.io);
  } finally {
    await stop();
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--port ${text} is no port: write a number from 1 to 65535.`);
}
