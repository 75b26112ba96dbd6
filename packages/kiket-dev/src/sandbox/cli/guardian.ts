import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Io } from '../../commandLine.ts';
import { forTypeScript } from '../../nodeOptions.ts';
import { projectRoot } from '../../../../kiket-express/src/server/setup.ts';
import type { Sandbox } from '../sandbox.ts';
import { unlessInterrupted } from './interrupt.ts';

/** A guardian that runs beside a sandbox. */
export interface StartedGuardian {
  /** Where it takes deliveries. */
  url: string;
  /** How it ended, as soon as it has. */
  ended: Promise<string>;
  stop: () => Promise<void>;
}

/** What a guardian is started for. */
export interface GuardianOptions {
  /** The settings that it gets beside the environment. */
  env: Readonly<Record<string, string>>;
  io: Io;
}

/** Starts a guardian for a sandbox. The caller connects the two. */
export type StartGuardian = (sandbox: Sandbox, options: GuardianOptions) => Promise<StartedGuardian>;

/** What a guardian has to be told so that it and a sandbox know each other. */
export function knowing(sandbox: Sandbox): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    NODE_ENV: 'development',
    KIKET_BASE_URL: sandbox.url,
    KIKET_EXTENSION_API_KEY: sandbox.apiKey,
    // The manifest may name another variable, and the guardian reads the one that it names.
    [sandbox.extension.secretVariable]: sandbox.secret,
  };
}

/** Starts the guardian of this folder as a process of its own. It ends with this process at the latest. */
export const startProcess: StartGuardian = async (sandbox, { env, io }) => {
  const endWithParent = new URL('endWithParent.ts', import.meta.url).href;
  // Before the process is made: a signal that comes in the next instant has to stop it as well.
  let begin: (url: Promise<string>) => void = () => {};
  const starting = unlessInterrupted(new Promise<string>((resolve) => (begin = resolve)), io);
  const child = spawn(process.execPath, [...forTypeScript, '--import', endWithParent, 'src/index.ts'], {
    cwd: projectRoot,
    env: { ...io.env, LOG_LEVEL: 'warn', ...env, ...knowing(sandbox) },
    // Its logs are for people: standard output is for what the command has to say.
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

/** Finds in its greeting where the guardian listens. What it says later is passed on. */
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
    void ended.then((how) => reject(new Error(`The guardian does not start. It ended ${how}:\n${text}`)));
  });
}
