import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectRoot } from '../../src/setup.ts';
import type { Sandbox } from '../sandbox.ts';
import { CommandError } from './errors.ts';

/** A guardian that runs as a process of its own. */
export interface GuardianProcess {
  /** Where it takes deliveries. */
  url: string;
  stop: () => Promise<void>;
}

/** Starts the guardian of this folder beside a sandbox, and connects the two. */
export async function startGuardian(sandbox: Sandbox, env: Readonly<Record<string, string>>): Promise<GuardianProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/index.ts'], {
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
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const ended = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const port = /http:\/\/localhost:(\d+)\/webhook/.exec(text)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}/webhook`);
    });
    child.once('exit', () => reject(new CommandError(`The guardian does not start:\n${text}`, 1)));
  });
  sandbox.connect(url);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
