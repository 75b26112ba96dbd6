import { knowing, type StartExtension } from '../../src/sandbox/cli/extensionProcess.ts';
import { sandboxWith } from '../../src/sandbox/index.ts';
import { serveApp } from './app.ts';
import { runHere, startHere, type Around } from './commands.ts';
import { linkProject, temporaryFolder } from './folders.ts';
import { freePort } from './processes.ts';

/** Starts the extension in this process, for commands whose extension need not be a process of its own. */
export const startExtensionHere: StartExtension = async (sandbox, { env, io }) => {
  const telemetry = { KIKET_SDK_TELEMETRY_OPTOUT: undefined };
  const server = await serveApp({ ...telemetry, ...io.env, ...env, ...knowing(sandbox), LOG_LEVEL: 'silent' });
  let tellEnd: (how: string) => void = () => {};
  const ended = new Promise<string>((resolve) => (tellEnd = resolve));
  const stop = async () => {
    await server.stop();
    tellEnd('with exit code 0');
  };
  return { url: `http://127.0.0.1:${server.port}/webhook`, ended, stop };
};

/** `kiket-dev sandbox`, all of it in this process. */
export const sandboxHere = sandboxWith(startExtensionHere);

/** The sandbox's command, with a port and a folder of its own, away from anybody's `.env`. */
export async function openCommand(around: Around = {}) {
  const place = { port: await freePort(), data: temporaryFolder() };
  const options = ['--port', place.port, '--data', place.data];
  const here = { cwd: linkProject(), ...around };
  const command = (...words: string[]) => runHere(sandboxHere, [...words, ...options], here);
  const json = async (...words: string[]) => JSON.parse((await command(...words, '--json')).stdout) as unknown;
  const startSandbox = async (...more: string[]) => {
    const sandbox = startHere(sandboxHere, [...options, ...more], here);
    await sandbox.waitFor(/Deliveries \(Ctrl-C|"extension":/);
    return sandbox;
  };
  return { ...place, command, json, startSandbox };
}
