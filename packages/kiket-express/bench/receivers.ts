import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { sign, transitionBody, type Shot } from './delivery.ts';
import { startOn, stop } from './processes.ts';

/** How to start something that receives deliveries. */
export interface Receiver {
  name: string;
  command: readonly string[];
  env: Record<string, string>;
  /** Where it listens and what it is signed with, if it brings its own. */
  url?: string;
  secret?: string;
}

/** One that runs. */
export interface RunningReceiver {
  name: string;
  url: string;
  secret: string;
  /** From spawn to the first signed 200, in milliseconds. */
  startedInMs: number;
  pid: number;
  stop: () => Promise<void>;
}

/** The project's folder. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Where the peers are built: somewhere that finds the packages. */
const built = join(root, 'node_modules', '.cache', 'bench');

/** The ones that were written for this bench. */
export const peers = {
  floor: peer('node:http, checks by hand (the floor)', 'floor'),
  fastify: peer('fastify with its schema validation', 'fastify'),
  express: peer('express + express.raw + zod', 'express'),
  template: peer('express + helmet + pino-http + prom-client + zod', 'template'),
};

function peer(name: string, file: string): Receiver {
  return { name, command: [process.execPath, join(built, `${file}.js`)], env: {} };
}

/** Builds them, so that none is slower or larger for being TypeScript. */
export async function buildPeers(): Promise<void> {
  const entryPoints = Object.keys(peers).map((file) => join(import.meta.dirname, 'receivers', `${file}.ts`));
  await build({ entryPoints, outdir: built, bundle: true, packages: 'external', platform: 'node', format: 'esm' });
  writeFileSync(join(built, 'package.json'), '{ "type": "module" }\n');
}

/** The guardian as built, as in production. */
export function guardian(name: string, databaseUrl: string): Receiver {
  return {
    name,
    command: [process.execPath, join(root, 'dist', 'index.js')],
    env: {
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      KIKET_BASE_URL: 'https://127.0.0.1:1',
      KIKET_SDK_TELEMETRY_OPTOUT: '1',
      NODE_ENV: 'production',
    },
  };
}

/** How long a receiver may take to start, in milliseconds. */
const startWithinMs = 20_000;

/** Starts a receiver and waits for its first signed 200. */
export async function start(receiver: Receiver): Promise<RunningReceiver> {
  const port = await freePort();
  const { name, command, env, url = `http://127.0.0.1:${port}/webhook` } = receiver;
  const secret = receiver.secret ?? randomBytes(16).toString('hex');
  const startedAt = performance.now();
  const { child, said } = startOn('server', command, { ...env, PORT: String(port), KIKET_WEBHOOK_SECRET: secret });
  const shot = sign(transitionBody('routine'), secret);
  let status: number | undefined;
  while (status !== 200) {
    // A server that starts may answer 503, or nothing.
    const isFinal = status !== undefined && status < 500;
    if (isFinal || child.exitCode !== null || performance.now() - startedAt > startWithinMs) {
      await stop(child);
      const answer = `${name} does not answer a signed delivery at ${url} with 200 (${status ?? 'no answer'}).`;
      throw new Error(`${answer}\n${said()}`.trimEnd());
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

/** Posts once; returns the status. Throws if there is no answer within {@link startWithinMs}. */
export function post(url: string, { body, headers }: Shot): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', agent: false, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sending.once('error', reject);
    sending.setTimeout(startWithinMs, () => sending.destroy(new Error('There is no answer.')));
    sending.end(body);
  });
}

/** A folder that is deleted by `remove`. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'guardian-bench-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
