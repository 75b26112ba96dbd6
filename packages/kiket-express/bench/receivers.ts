import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sign, transitionBody, type Shot } from './delivery.ts';

/** Something that receives deliveries: how to start it, and the folder that it is installed in. */
export interface Receiver {
  name: string;
  command: readonly string[];
  folder: string;
  env?: Record<string, string>;
}

/** A receiver that listens, and how to stop it. */
export interface RunningReceiver {
  name: string;
  url: string;
  secret: string;
  /** From spawn to the first signed 200, in milliseconds. */
  startedInMs: number;
  pid: number;
  stop: () => Promise<void>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The packages of each peer. They are installed when the bench first runs, so that nobody else has to. */
const peers = {
  floor: { name: 'node:http, checks by hand (the floor)', packages: [] },
  fastify: { name: 'fastify with its schema validation', packages: ['fastify@5.12.8'] },
  express: {
    name: 'express + helmet + pino-http + prom-client + zod',
    packages: ['express@5.3.0', 'helmet@8.3.0', 'pino-http@11.0.0', 'prom-client@15.1.3', 'zod@4.6.7'],
  },
  octokit: { name: '@octokit/webhooks', packages: ['@octokit/webhooks@14.2.0'] },
  probot: { name: 'probot', packages: ['probot@14.3.2'] },
  bolt: { name: '@slack/bolt, HTTPReceiver', packages: ['@slack/bolt@5.1.0'] },
};

/** The other receivers; the first is the floor. */
export const peerNames = Object.keys(peers) as (keyof typeof peers)[];

/** Installs a peer, unless that was done before. */
export function installPeer(file: keyof typeof peers): Receiver {
  const { name, packages } = peers[file];
  const folder = join(tmpdir(), 'kiket-express-bench', [file, ...packages].join('+').replaceAll('/', '-'));
  if (!existsSync(join(folder, 'package-lock.json'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    // Which Node they are for is not always what their dependencies' latest versions say.
    const options = ['--no-audit', '--no-fund', '--loglevel=error', '--engine-strict=false'];
    execFileSync('npm', ['install', ...options, ...packages], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  for (const script of ['work.js', `${file}.js`])
    cpSync(join(import.meta.dirname, 'peers', script), join(folder, script));
  return { name, command: [process.execPath, join(folder, `${file}.js`)], folder };
}

/** The guardian as built, as in production. */
export function guardian(name: string, databaseUrl: string, builtIn = root): Receiver {
  return {
    name,
    command: [process.execPath, join(builtIn, 'dist', 'index.js')],
    folder: root,
    env: {
      DATABASE_URL: databaseUrl,
      KIKET_BASE_URL: 'https://127.0.0.1:1',
      KIKET_SDK_TELEMETRY_OPTOUT: '1',
      NODE_ENV: 'production',
    },
  };
}

/** Builds the guardian without Express: the library on `node:http`. Returns its folder. */
export function buildWithoutExpress(into: string): string {
  const folder = join(into, 'plain');
  for (const part of ['src', '.kiket', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'src', 'index.ts'),
    `import { start } from 'kiket-express';
import extension from './extension.ts';
start({ root: new URL('..', import.meta.url), extension });
`,
  );
  execFileSync(process.execPath, ['node_modules/kiket-express/build.js'], { cwd: folder, stdio: 'inherit' });
  return folder;
}

/** How long a receiver may take to start or to end, in milliseconds. */
const withinMs = 20_000;

/** Starts a receiver and waits for its first signed 200. */
export async function start({ name, command, env }: Receiver): Promise<RunningReceiver> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/webhook`;
  const secret = randomBytes(16).toString('hex');
  const startedAt = performance.now();
  const { child, output } = startOn('server', command, {
    ...env,
    HOST: '127.0.0.1',
    PORT: String(port),
    KIKET_WEBHOOK_SECRET: secret,
  });
  const shot = sign(transitionBody('routine'), secret);
  let status: number | undefined;
  while (status !== 200) {
    // A server that starts may answer 503, or nothing.
    const isFinal = status !== undefined && status < 500;
    if (isFinal || child.exitCode !== null || performance.now() - startedAt > withinMs) {
      await stop(child);
      throw new Error(`${name} does not answer with 200 (${status ?? 'no answer'}).\n${output()}`.trimEnd());
    }
    status = await post(url, shot).catch(() => undefined);
    if (status !== 200) await wait(2);
  }
  return {
    name,
    url,
    secret,
    startedInMs: performance.now() - startedAt,
    pid: child.pid ?? 0,
    stop: () => stop(child),
  };
}

/** How long Node takes to do nothing, from spawn to exit, in milliseconds: the least that any start takes. */
export async function startNothing(): Promise<number> {
  const startedAt = performance.now();
  await once(startOn('server', [process.execPath, '--eval', '0'], {}).child, 'exit');
  return performance.now() - startedAt;
}

/** Posts once; returns the status. Throws if there is no answer within {@link withinMs}. */
export function post(url: string, { body, headers }: Shot): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', agent: false, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sending.once('error', reject);
    sending.setTimeout(withinMs, () => sending.destroy(new Error(`No answer within ${withinMs} ms.`)));
    sending.end(body);
  });
}

/** A folder that is deleted by `remove`. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'guardian-bench-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Whether processes can be kept on one core each. */
export const canPin = cpus().length > 1 && spawnSync('taskset', ['--version']).error === undefined;

/** A command that runs on its core: the server on one and the load on another, if the machine can pin processes. */
export function pinned(core: 'server' | 'load', command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '--cpu-list', core === 'server' ? '0' : '1', ...command] : command;
}

/** Starts a process on its core. Its output is discarded, as if something else collected the log. */
function startOn(core: 'server' | 'load', command: readonly string[], env: NodeJS.ProcessEnv) {
  const [file = '', ...args] = pinned(core, command);
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (text = `${text}${chunk}`.slice(-2_000)));
  return { child, output: () => text };
}

async function stop(child: ReturnType<typeof startOn>['child']): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), withinMs);
  await gone;
  clearTimeout(kill);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
