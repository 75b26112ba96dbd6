import { knowing, type StartGuardian } from '../../src/sandbox/cli/guardian.ts';
import { sandboxWith } from '../../src/sandbox/index.ts';
import { startServer } from '../../../kiket-express/src/server/server.ts';
import { temporaryFolder } from '../../../kiket-express/test/support/builtServer.ts';
import { runHere, startHere, type Around } from './commands.ts';
import { freePort } from '../../../kiket-express/test/support/processes.ts';

/** Starts a guardian in this process, for commands whose guardian need not be a process of its own. */
export const startGuardianHere: StartGuardian = async (sandbox, { env, io }) => {
  const server = await startServer({ ...io.env, LOG_LEVEL: 'silent', ...env, ...knowing(sandbox) });
  let tellEnd: (how: string) => void = () => {};
  const ended = new Promise<string>((resolve) => (tellEnd = resolve));
  const stop = async () => {
    await server.stop();
    tellEnd('with exit code 0');
  };
  return { url: `http://127.0.0.1:${server.port}/webhook`, ended, stop };
};

/** `npm run sandbox`, all of it in this process. */
export const sandboxHere = sandboxWith(startGuardianHere);

/** The sandbox's command, with a port and a folder of its own, away from anybody's `.env`. */
export async function openCommand(around: Around = {}) {
  const place = { port: await freePort(), data: temporaryFolder() };
  const options = ['--port', place.port, '--data', place.data];
  const here = { cwd: place.data, ...around };
  const command = (...words: string[]) => runHere(sandboxHere, [...words, ...options], here);
  const json = async (...words: string[]) => JSON.parse((await command(...words, '--json')).stdout) as unknown;
  const startSandbox = async (...more: string[]) => {
    const sandbox = startHere(sandboxHere, [...options, ...more], here);
    await sandbox.waitFor(/Deliveries, as they are made|"guardian":/);
    return sandbox;
  };
  return { ...place, command, json, startSandbox };
}
