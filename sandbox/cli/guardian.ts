import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { projectRoot } from '../../src/setup.ts';
import type { Sandbox } from '../sandbox.ts';
import { CommandError } from './errors.ts';
import { unlessInterrupted } from './interrupt.ts';

/** A guardian that runs as a process of its own. */
export interface GuardianProcess {
  /** Where it takes deliveries. */
  url: string;
  /** How it ended, as soon as it has. */
  ended: Promise<string>;
  stop: () => Promise<void>;
}

/**
 * Starts the guardian of this folder beside a sandbox, and connects the two, unless it `isCurrent` no more by then. It
 * ends with this process at the latest.
 */
export async function startGuardian(
  sandbox: Sandbox,
  env: Readonly<Record<string, string>>,
  isCurrent: () => boolean = () => true,
): Promise<GuardianProcess> {
  const endWithParent = new URL('endWithParent.ts', import.meta.url).href;
  // Before the process is made: a signal that comes in the next instant has to stop it as well.
  let begin: (url: Promise<string>) => void = () => {};
  const starting = unlessInterrupted(new Promise<string>((resolve) => (begin = resolve)));
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', endWithParent, 'src/index.ts'], {
    cwd: projectRoot,
    env: {
      ...process.env,
      LOG_LEVEL: 'warn',
      ...env,
      HOST: '127.0.0.1',
      PORT: '0',
      NODE_ENV: 'development',
      KIKET_BASE_URL: sandbox.url,
      KIKET_EXTENSION_API_KEY: sandbox.apiKey,
      // The manifest may name another variable, and the guardian reads the one that it names.
      [sandbox.extension.secretVariable]: sandbox.secret,
    },
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
    const url = await starting;
    if (isCurrent()) sandbox.connect(url);
    return { url, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

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
    void ended.then((how) => reject(new CommandError(`The guardian does not start. It ended ${how}:\n${text}`, 1)));
  });
}
