import { spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Io } from '../../commandLine.ts';
import { forTypeScript } from '../../nodeOptions.ts';
import { requireSource } from '../../project.ts';
import type { Sandbox } from '../sandbox.ts';
import { unlessInterrupted } from './interrupt.ts';

/** An extension that runs beside a sandbox. */
export interface StartedExtension {
  /** Where it receives deliveries. */
  url: string;
  /** Resolves to how it ended. */
  ended: Promise<string>;
  stop: () => Promise<void>;
}

/** How an extension's process is started. */
export interface ExtensionOptions {
  /** The project's folder. */
  root: string;
  /** Where it runs, and may find an `.env`; the project's folder by default. */
  cwd?: string;
  /** Its settings besides the environment. */
  env: Readonly<Record<string, string>>;
  io: Io;
}

/** Starts an extension for a sandbox. The caller connects the two. */
export type StartExtension = (sandbox: Sandbox, options: ExtensionOptions) => Promise<StartedExtension>;

/** The environment that connects an extension with a sandbox. */
export function knowing(sandbox: Sandbox): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    NODE_ENV: 'development',
    KIKET_BASE_URL: sandbox.url,
    KIKET_EXTENSION_API_KEY: sandbox.apiKey,
    // The manifest can name another variable, which the extension then reads.
    [sandbox.extension.secretVariable]: sandbox.secret,
  };
}

/** Starts the extension of a TypeScript project as its own process. It ends with this process at the latest. */
export const startProcess: StartExtension = async (sandbox, { root, cwd = root, env, io }) => {
  const elsewhere = 'npx kiket-dev sandbox --extension http://localhost:8000/webhook --secret SECRET';
  requireSource(root, 'index.ts', `Start it yourself, and say where it is: ${elsewhere}`);
  const endWithParent = new URL(`endWithParent${extname(import.meta.url)}`, import.meta.url).href;
  // Before the process starts, because a signal right after must stop it too.
  let begin: (url: Promise<string>) => void = () => {};
  const starting = unlessInterrupted(new Promise<string>((resolve) => (begin = resolve)), io);
  const child = spawn(process.execPath, [...forTypeScript, '--import', endWithParent, join(root, 'src/index.ts')], {
    cwd,
    env: { ...io.env, LOG_LEVEL: 'warn', ...env, ...knowing(sandbox) },
    // Its logs are for people, and standard output is for the command's own output.
    stdio: ['pipe', process.stderr, 'pipe'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`because of: ${error.message}`));
    child.once('close', (code, signal) => resolve(signal === null ? `with exit code ${code ?? 0}` : `by ${signal}`));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    begin(readUrl(child.stderr, ended));
    return { url: await starting, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Finds the extension's address in its greeting. Later output is passed on. */
function readUrl(stderr: Readable, ended: Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const look = (chunk: Buffer) => {
      text += chunk.toString();
      const port = /http:\/\/localhost:(\d+)\/webhook/.exec(text)?.[1];
      if (port === undefined) return;
      stderr.off('data', look);
      stderr.pipe(process.stderr, { end: false });
      resolve(`http://127.0.0.1:${port}/webhook`);
    };
    stderr.on('data', look);
    void ended.then((how) => reject(new Error(`The extension didn't start. It ended ${how}:\n${text}`)));
  });
}
