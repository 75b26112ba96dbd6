import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAnswer } from 'kiket-express';
import type { Io } from '../commandLine.ts';

/** Where to send, and how to sign. */
export interface Target {
  url: string;
  secret: string;
  /** The time on both clocks, if it isn't the real one. */
  at?: Date | undefined;
  /** What the server has logged as errors, one JSON object a line. Only for replay's own server. */
  logged?: string[];
}

/** What came back. */
export interface Received {
  http: number;
  text: string;
  milliseconds: number;
}

/** Signs a body, sends it and returns the answer. Throws without an answer. */
export type Send = (target: Target, body: string | Buffer) => Promise<Received>;

/** Kiket waits this long for an answer, in milliseconds. */
const timeoutMs = 10_000;

/** Signs in the form of the 2025 SDKs: HMAC SHA-256 over `<unix seconds>.<body>`. */
export const send: Send = async ({ url, secret, at = new Date() }, body) => {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  const startedAt = performance.now();
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Kiket-Timestamp': timestamp, 'X-Kiket-Signature': signature },
      body: typeof body === 'string' ? body : new Uint8Array(body),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
    });
    const text = await readAnswer(response, 'POST');
    return { http: response.status, text, milliseconds: performance.now() - startedAt };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`${url} doesn't answer (${String(cause)}). Check that the server is running.`, { cause: error });
  }
};

/** Sends it with `kiket extensions replay`, which prints `HTTP <status>` and the answer. */
export const sendWith =
  (env: Io['env']): Send =>
  async ({ url, secret }, body) => {
    const folder = mkdtempSync(join(tmpdir(), 'kiket-payload-'));
    const payload = join(folder, 'payload.json');
    writeFileSync(payload, body);
    const startedAt = performance.now();
    try {
      const options = ['--payload', payload, '--url', url, '--signing-secret', secret];
      const printed = await runKiket(['extensions', 'replay', ...options], env);
      const [, http, text] = /HTTP (\d{3})\s*([^]*)/.exec(printed) ?? [];
      if (http === undefined || text === undefined) {
        throw new Error(`\`kiket extensions replay\` showed no answer from ${url}. It printed:\n${printed}`);
      }
      return { http: Number(http), text: text.trim(), milliseconds: performance.now() - startedAt };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

/** Runs Kiket's command line tool and returns its output, whatever its exit code. */
function runKiket(args: readonly string[], env: Io['env']): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('kiket', args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => void (printed += chunk));
    }
    child.once('error', () => reject(new Error("`kiket` isn't installed or isn't on the PATH. Leave out --cli.")));
    child.once('close', () => resolve(printed));
  });
}
