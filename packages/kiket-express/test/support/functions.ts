import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { fixtureFolder, temporaryFolder } from './folders.ts';
import { secret } from './guardian.ts';
import { start } from './processes.ts';

/** What a function URL sends back. */
export interface FunctionAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded?: boolean;
}

/** What every function of the tests is configured with, besides its database. */
const env = { KIKET_SDK_TELEMETRY_OPTOUT: '1', KIKET_WEBHOOK_SECRET: secret };

/** Puts files of the fixture into an empty folder, as a function has nothing else. */
export function unpack(files: readonly string[]): string {
  const folder = temporaryFolder();
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(fixtureFolder, file), join(folder, file), { recursive: true });
  }
  return folder;
}

/** How a function is started. */
export interface FunctionOptions {
  env?: Record<string, string>;
  /** When the host gives up an answer. */
  timeoutMs?: number;
}

/** Starts an instance that freezes after every answer; it is killed when the test ends. */
function startInstance(kind: 'lambda' | 'vercel', file: string, { timeoutMs = 15_000, ...settings }: FunctionOptions) {
  const host = join(import.meta.dirname, 'freezingHost.js');
  const options = ['--unhandled-rejections=strict', host, kind, file, String(timeoutMs)];
  const instance = start(process.execPath, options, { env: { ...env, ...settings.env }, input: true });
  const pid = String(instance.child.pid);
  /** Waits until it has frozen: before that it could not be woken. */
  const frozen = () => {
    const isFrozen = () => execFileSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).startsWith('T');
    return vi.waitUntil(isFrozen, { timeout: 10_000, interval: 10 });
  };
  return { ...instance, frozen, wake: () => instance.child.kill('SIGCONT') };
}

/** Starts a Lambda instance with the function of a folder. */
export async function startLambda(folder: string, options: FunctionOptions = {}) {
  const instance = startInstance('lambda', join(folder, 'dist', 'lambda.mjs'), options);
  await instance.waitFor(/^ready$/m);
  let events = 0;
  const invoke = async (event: unknown): Promise<FunctionAnswer> => {
    events += 1;
    instance.wake();
    // Newer releases of Node end a line there too.
    const line = JSON.stringify(event).replaceAll('\u2028', String.raw`\u2028`);
    instance.child.stdin.write(`${line}\n`);
    const [, answer = ''] = await instance.waitFor(new RegExp(`^answer ${events} (.*)\\n`, 'm'));
    await instance.frozen();
    return JSON.parse(answer) as FunctionAnswer;
  };
  return { ...instance, invoke };
}

/** Starts a Vercel instance with the function of a folder. */
export async function startVercel(folder: string, options: FunctionOptions = {}) {
  const instance = startInstance('vercel', join(folder, 'dist', 'vercel.mjs'), options);
  const [, port = ''] = await instance.waitFor(/^listens on (\d+)$/m);
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string, request: RequestInit = {}) => {
    instance.wake();
    const response = await fetch(`${url}${path}`, request);
    const body = (await response.json()) as Record<string, unknown>;
    await instance.frozen();
    return { status: response.status, headers: response.headers, body };
  };
  return { ...instance, url, ask };
}
