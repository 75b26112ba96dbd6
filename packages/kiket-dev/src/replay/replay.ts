// kiket-dev replay: sends recorded deliveries and compares the answers.
import { AssertionError, deepStrictEqual } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import color from 'picocolors';
import { commandWithHelp, readEnvironment, UsageError, type Io, type Output } from '../commandLine.ts';
import { paint, plainTable } from '../plainTable.ts';
import { loadServed, requireRoot, requireSource } from '../project.ts';
import { fillAny, loadScenario, readPayload, RunNames, type Part, type Step } from './scenario.ts';
import { send, sendWith, type Received, type Send, type Target } from './send.ts';

const help = `Sends recorded deliveries, signed as Kiket signs them, and compares the answers.

  kiket-dev replay                                                 against its own server, with a fresh database
  kiket-dev replay --url URL [--secret SECRET]                  against a running server
  kiket-dev replay --payload FILE [--url URL] [--secret SECRET] sends one file unchanged

  --cli             lets Kiket's own \`kiket extensions replay\` sign and send
  --scenario FILE   the deliveries and expected answers (default: replay/scenario.yaml)
  --url URL         the server's URL (for --payload, default: http://localhost:8080/webhook)
  --secret SECRET   its webhook secret (default: KIKET_WEBHOOK_SECRET from the environment or .env)
  --json            prints the results as JSON
  --help            prints this

Exit code: 0 if every answer is as expected, 1 if not, 2 if the command is wrong.
`;

interface Result extends Received {
  part: string;
  payload: string;
  answer: unknown;
  /** The difference from the expected answer, for people; `null` if there is none. */
  difference: string | null;
  /** The errors behind it, such as a guard's, with their stacks. */
  errors: readonly string[];
}

/** What all steps of a run share. */
interface Run {
  names: RunNames;
  send: Send;
}

/** `kiket-dev replay` */
export const main = commandWithHelp(help, replay);

async function replay(argv: readonly string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      cli: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      payload: { type: 'string' },
      scenario: { type: 'string' },
      secret: { type: 'string' },
      url: { type: 'string' },
    },
  });
  if (values.payload !== undefined) {
    const target = findTarget(values.url ?? 'http://localhost:8080/webhook', values.secret, io);
    return replayPayload(target, resolve(io.cwd, values.payload), io.stdout);
  }
  const target = values.url === undefined ? undefined : findTarget(values.url, values.secret, io);
  const scenario =
    values.scenario === undefined
      ? join(requireRoot(io.cwd), 'replay', 'scenario.yaml')
      : resolve(io.cwd, values.scenario);
  const parts = loadScenario(scenario);
  const results: Result[] = [];
  for (const part of parts) {
    const needsOwnServer = Object.keys(part.settings).length > 0 || part.steps.some(({ at }) => at !== undefined);
    if (target !== undefined && needsOwnServer) continue;
    // Unique names for each part, so that parts don't affect each other on a shared server.
    const run = { names: new RunNames(), send: values.cli ? sendWith(io.env) : send };
    const partResults = await (target === undefined
      ? withOwnServer(requireRoot(io.cwd), part, (own) => replayPart(own, part, run))
      : replayPart(target, part, run));
    if (!values.json) io.stdout.write(describePart(part, partResults, io.stdout));
    results.push(...partResults);
  }
  io.stdout.write(values.json ? asJson(results) : summarize(parts, results));
  return results.every(isAsExpected) ? 0 : 1;
}

function findTarget(url: string, secret: string | undefined, io: Io): Target {
  const found = secret ?? readEnvironment(io)['KIKET_WEBHOOK_SECRET']?.trim() ?? '';
  if (!URL.canParse(url))
    throw new UsageError(`Invalid --url ${url}. Write a URL such as http://localhost:8080/webhook.`);
  if (found === '')
    throw new UsageError('A running server requires --secret, or KIKET_WEBHOOK_SECRET in the environment or .env.');
  return { url, secret: found };
}

/** Starts a server for one part in this process, with its own settings, database and clock. */
async function withOwnServer<Value>(root: string, part: Part, use: (target: Target) => Promise<Value>): Promise<Value> {
  requireSource(root, 'extension.ts', 'Start it yourself, and then: npx kiket-dev replay --url URL --secret SECRET');
  const { startServer } = await import('kiket-express');
  const served = await loadServed(root);
  const folder = mkdtempSync(join(tmpdir(), 'kiket-replay-'));
  const secret = randomBytes(16).toString('hex');
  const settings = Object.entries(part.settings).map(([key, value]) => [`KIKET_SETTING_${key.toUpperCase()}`, value]);
  const logged: string[] = [];
  const target: Target = { url: '', secret, logged };
  const env = {
    ...(Object.fromEntries(settings.map(([name, value]) => [name, String(value)])) as Record<string, string>),
    DATABASE_URL: `file:${join(folder, 'extension.db')}`,
    HOST: '127.0.0.1',
    // Recordings contain no real addresses, and nothing leaves this machine.
    KIKET_BASE_URL: 'http://127.0.0.1:1',
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    // Kiket's command line tool only signs the body, and some recordings have no recent time in it.
    KIKET_ALLOW_UNTIMED_SIGNATURES: '1',
    KIKET_WEBHOOK_SECRET: secret,
    LOG_LEVEL: 'error',
    PORT: '0',
  };
  const server = await startServer(served, env, {
    clock: () => target.at ?? new Date(),
    destination: { write: (line) => void logged.push(line) },
  });
  target.url = `http://127.0.0.1:${server.port}/webhook`;
  try {
    return await use(target);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function replayPart(target: Target, part: Part, run: Run): Promise<Result[]> {
  const results: Result[] = [];
  // One after the other, because answers depend on earlier deliveries.
  for (const step of part.steps) results.push(await replayStep(target, { ...run, part: part.name, step }));
  return results;
}

async function replayStep(
  target: Target,
  { names, send: deliver, part, step }: Run & { part: string; step: Step },
): Promise<Result> {
  const body = JSON.stringify(names.rename(step.payload), null, 2);
  target.at = step.at ?? target.at;
  const { logged = [] } = target;
  logged.length = 0;
  const received = await deliver(target, body);
  const text = names.restore(received.text);
  const answer = parseJson(text);
  if (received.http === 401) throw new Error(`${target.url} answered 401, so replay stopped: ${text}`);
  const expected = { http: step.http, answer: fillAny(step.answer, answer) };
  const actual = { http: received.http, answer };
  return {
    ...received,
    text,
    part,
    payload: step.name,
    answer,
    difference: findDifference(actual, expected),
    errors: logged.map((line) => (JSON.parse(line) as { err?: { stack?: string } }).err?.stack ?? line),
  };
}

/** Node.js's own description, without its title; `null` if there is no difference. */
function findDifference(actual: unknown, expected: unknown): string | null {
  try {
    deepStrictEqual(actual, expected);
    return null;
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    return stripVTControlCharacters(error.message.replace(/^.*\n/, ''));
  }
}

/** Like `kiket extensions replay --payload`: sends JSON unchanged, byte for byte, and shows the answer. */
async function replayPayload(target: Target, path: string, stdout: Output): Promise<number> {
  readPayload(path);
  const { http, text } = await send(target, readFileSync(path));
  const answer = parseJson(text);
  stdout.write(`HTTP ${http}\n${answer === undefined ? text : JSON.stringify(answer, null, 2)}\n`);
  return http >= 400 ? 1 : 0;
}

function describePart({ name }: Part, results: readonly Result[], { columns = 120 }: Output): string {
  const width = Math.max(40, columns - 62);
  const rows = results.map(({ payload, http, answer, milliseconds, difference }) => {
    const { status = '', message = '' } = (answer ?? {}) as { status?: string; message?: string };
    const mark = difference === null ? color.green('✓') : color.red('✗');
    return [mark, payload, http, paint(status), message, milliseconds.toFixed(1)];
  });
  const table = plainTable(['', 'payload', 'HTTP', 'decision', 'message', 'ms'], rows, {
    colAligns: ['left', 'left', 'right', 'left', 'left', 'right'],
    colWidths: [null, null, null, null, width, 9],
    wordWrap: true,
  });
  const differences = results
    .filter(({ difference }) => difference !== null)
    .map(({ payload, difference, errors }) =>
      [`\n${color.red(`✗ ${payload}`)} got a different answer:`, paintLines(difference ?? ''), ...errors, ''].join(
        '\n',
      ),
    );
  return `\n${color.bold(name)}\n${table}${differences.join('')}`;
}

function paintLines(text: string): string {
  return text.replaceAll(/^[+-] .*/gm, (line) => (line.startsWith('+') ? color.green(line) : color.red(line)));
}

function isAsExpected({ difference }: Result): boolean {
  return difference === null;
}

function asJson(results: readonly Result[]): string {
  const passed = results.filter(isAsExpected).length;
  return `${JSON.stringify({ passed, failed: results.length - passed, results }, null, 2)}\n`;
}

function summarize(parts: readonly Part[], results: readonly Result[]): string {
  const passed = results.filter(isAsExpected).length;
  const leftOut = parts.flatMap(({ steps }) => steps).length - results.length;
  const missing = leftOut > 0 ? `\nSkipped: ${leftOut} steps that require their own settings or time.\n` : '';
  const failed = results.length - passed;
  const advice =
    failed > 0 ? '\nFix the handlers, or the expected answers in the scenario. <any> matches any value.\n' : '';
  return `${advice}${missing}\n${passed} passed, ${failed} failed\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
