// kiket-dev sandbox: a local Kiket, and commands that move issues in it.
import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { commandWithHelp, UsageError, type Main } from '../commandLine.ts';
import { commands, type CommandOptions, type CommandResult } from './cli/commands.ts';
import { connectTo, defaultPort, whatIsAt } from './cli/connection.ts';
import { startProcess, type StartExtension } from './cli/extensionProcess.ts';
import { unlessInterrupted } from './cli/interrupt.ts';
import type { Place, Surroundings } from './cli/run.ts';

const help = `Runs a local Kiket with projects, issues and people. It asks your extension about every move.

  kiket-dev sandbox                          starts it with your extension, and serves a board
  kiket-dev sandbox story                    plays the story of one issue, from a fresh state

  kiket-dev sandbox issues                   lists the issues
  kiket-dev sandbox show ORD-42              shows an issue: fields, waiting move, comments, rows
  kiket-dev sandbox transition ORD-42 done --as mira@example.com
  kiket-dev sandbox set ORD-42 assignee_id=19 --as mira@example.com
  kiket-dev sandbox set ORD-43 story_points=21          sets a custom field
  kiket-dev sandbox act approve_transition ORD-42 --as noor@example.com
  kiket-dev sandbox act ACTION --project ORD
  kiket-dev sandbox deliveries [ID]          lists deliveries, or shows one
  kiket-dev sandbox redeliver ID|EVENT       sends a delivery again; for an event, the latest one
  kiket-dev sandbox fault [NAME [VALUE]]     lists faults, or sets one: latency 2000, error on, error 2
  kiket-dev sandbox fault off                turns off all faults
  kiket-dev sandbox reset                    starts over

  --port NUMBER     the port on this machine (${defaultPort})
  --data FOLDER     where the state is kept (data/ in the project)
  --extension URL   an extension that's already running, in any language
  --secret SECRET   its webhook secret (default: KIKET_WEBHOOK_SECRET from the environment or .env)
  --as EMAIL        who you are: mira@example.com, noor@example.com or sam@example.com
  --project KEY     the project for an action without an issue
  --input KEY=TEXT  what the action asks for, such as reason="The shop is down."; can be repeated
  --json            prints JSON
  --help            prints this

Commands talk to the sandbox at the port. If none is running, they start one and stop it afterwards.

Exit code: 0 if the command worked, whatever a guard decided; 1 if not, or if the story didn't go as expected; 2 if the
command is wrong.
`;

/** `kiket-dev sandbox`, with extensions as their own processes. */
export const main = sandboxWith(startProcess);

/** `kiket-dev sandbox`, with another way to start extensions. */
export function sandboxWith(startExtension: StartExtension): Main {
  return commandWithHelp(help, (argv, io) => run(argv, { io, startExtension }));
}

async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  const { io } = around;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      as: { type: 'string' },
      data: { type: 'string' },
      extension: { type: 'string' },
      input: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      port: { type: 'string', default: defaultPort },
      project: { type: 'string' },
      secret: { type: 'string' },
    },
  });
  const [name, ...words] = positionals;
  const { extension, secret, as, project } = values;
  const data = values.data === undefined ? undefined : resolve(around.io.cwd, values.data);
  const place = { port: readPort(values.port), data, extension, secret };
  if (name === undefined) {
    const { startKept } = await loadRun();
    const { serve } = await import('./cli/serve.ts');
    await serve(await startKept(place, { ...around, stay: true }), values.json, io);
    return 0;
  }
  if (name === 'story') return runStory(values.json, around);
  const result = await runCommand({ place, ...around }, [name, ...words], {
    as,
    project,
    inputs: readInputs(values.input),
  });
  io.stdout.write(values.json ? `${JSON.stringify(result.value, null, 2)}\n` : result.text);
  return 0;
}

/** Loaded on demand, because commands for a running sandbox don't need it. */
function loadRun() {
  return import('./cli/run.ts');
}

async function runStory(isJson: boolean, around: Surroundings): Promise<number> {
  const { startFresh } = await loadRun();
  const { playStory, storySettings, transcript, wentAsExpected } = await import('./cli/story.ts');
  const { sandbox, stop } = await startFresh(storySettings, around);
  try {
    if (!sandbox.extension.actions.some(({ key }) => key === 'approve_transition')) {
      throw new Error(
        "The story needs the action approve_transition, which this extension doesn't have. Open the board: npx kiket-dev sandbox",
      );
    }
    const steps = await unlessInterrupted(playStory(sandbox), around.io);
    around.io.stdout.write(isJson ? `${JSON.stringify(steps, null, 2)}\n` : transcript(steps));
    return wentAsExpected(steps) ? 0 : 1;
  } finally {
    await stop();
  }
}

/** The sandbox of a command. */
type Where = Surroundings & { place: Place };

async function runCommand(
  where: Where,
  [name = '', ...words]: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    const known = ['story', ...Object.keys(commands)].join(', ');
    throw new UsageError(`Unknown command "${name}". Available: ${known}. See npx kiket-dev sandbox --help.`);
  }
  const wanted = entry.words.match(/\S+/g) ?? [];
  const needed = wanted.filter((word) => !word.startsWith('['));
  if (words.length < needed.length || words.length > wanted.length) {
    throw new UsageError(`Usage: npx kiket-dev sandbox ${name} ${entry.words}`.trim());
  }
  entry.check?.(words);
  return withSandbox(where, (url) => entry.run(connectTo(url), words, options));
}

/** Uses the sandbox at the port, or a temporary one. */
async function withSandbox<Value>({ place, ...around }: Where, use: (url: string) => Promise<Value>): Promise<Value> {
  const url = `http://127.0.0.1:${place.port}`;
  const found = await whatIsAt(url);
  if (found === 'something else') {
    throw new Error(`Another program uses port ${place.port}. Choose another port with --port.`);
  }
  if (found === 'sandbox') return use(url);
  around.io.stderr.write(
    'No sandbox is running, so this command starts one. To keep one running: npx kiket-dev sandbox\n',
  );
  const { startKept } = await loadRun();
  const { stop } = await startKept(place, around);
  try {
    return await unlessInterrupted(use(url), around.io);
  } finally {
    await stop();
  }
}

function readInputs(given: readonly string[] | undefined): Record<string, string> | undefined {
  if (given === undefined) return undefined;
  const wrong = given.find((text) => !/^[^=]+=/.test(text));
  if (wrong !== undefined) throw new UsageError(`Invalid --input ${wrong}. Write KEY=TEXT.`);
  return Object.fromEntries(given.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`Invalid --port ${text}. Write a number from 1 to 65535.`);
}
