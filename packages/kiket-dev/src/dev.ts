// kiket-dev dev: runs the extension as a process that restarts when a file is saved.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, unwatchFile, utimesSync, watchFile } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { findManifest, loadManifest } from 'kiket-express/manifest';
import pretty from 'pino-pretty';
import { commandWithHelp, readEnvironment, type Io } from './commandLine.ts';
import { namesFile, writeNames } from './lint/generated.ts';
import { requireRoot, requireSource } from './project.ts';

/** How often somebody may have saved the manifest or `.env`, in milliseconds. */
const lookEveryMs = 300;

const help = `Runs src/index.ts, prints its log in a readable form, and restarts it when you save a file, the manifest or .env. When you save the
manifest, it writes the names in it to src/manifest.ts, for the compiler.

  kiket-dev dev

  --help   prints this

Without a webhook secret in the environment or .env, it generates one and keeps it until you stop it.
`;

/** `kiket-dev dev`. Ends when the extension's process does, or with Ctrl-C. */
export const main = commandWithHelp(help, run);

async function run(argv: readonly string[], io: Io): Promise<number> {
  parseArgs({ args: [...argv] });
  const root = requireRoot(io.cwd);
  requireSource(
    root,
    'index.ts',
    "Start it with its language's own tools, then run: npx kiket-dev sandbox --extension URL",
  );
  const watch = [createRequire(import.meta.url).resolve('tsx/cli'), 'watch', '--clear-screen=false'];
  const manifest = findManifest(root);
  const write = () => {
    try {
      writeNames(root);
    } catch (error) {
      // The manifest may be half saved.
      io.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
  write();
  const child = spawn(process.execPath, [...watch, 'src/index.ts'], {
    cwd: root,
    env: { NODE_ENV: 'development', ...io.env, ...madeSecret(root, io) },
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  const names = join(root, namesFile);
  const saved = () => {
    write();
    // tsx watches no path with a dot. This file is watched, and nobody edits it.
    if (existsSync(names)) utimesSync(names, new Date(), new Date());
  };
  const watched = [manifest, join(root, '.env')];
  // By its path, because many editors save a file by putting another one in its place.
  for (const path of watched) watchFile(path, { interval: lookEveryMs }, saved);
  child.stderr.setEncoding('utf8').on('data', (text: string) => io.stderr.write(text));
  const shown = new Writable({
    write: (chunk, _encoding, done) => {
      io.stdout.write(String(chunk));
      done();
    },
  });
  child.stdout.pipe(pretty({ singleLine: true, ignore: 'extension', destination: shown }));
  // Ctrl-C also reaches the child; this process waits for it to end.
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  io.interrupted?.addEventListener('abort', () => pass('SIGTERM'));
  const [code] = (await once(child, 'close')) as [number | null];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, pass);
  for (const path of watched) unwatchFile(path, saved);
  return code ?? 0;
}

/** One secret for all processes of this run, printed on stderr; nothing if the project has one. */
function madeSecret(root: string, io: Io): Record<string, string> {
  const { secretVariable } = loadManifest(root);
  if ((readEnvironment(io)[secretVariable]?.trim() ?? '') !== '') return {};
  const secret = randomBytes(24).toString('base64url');
  io.stderr.write(`No webhook secret is set. This one is valid until you stop: ${secret}\n`);
  io.stderr.write('To send recorded deliveries:\n');
  io.stderr.write(
    `  npx kiket-dev replay --url http://localhost:${io.env['PORT'] ?? 8080}/webhook --secret=${secret}\n`,
  );
  return { [secretVariable]: secret };
}
