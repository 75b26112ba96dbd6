import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';
import { secret } from './guardian.ts';
import { start } from './processes.ts';

/** The built fixture, as a process of its own, on a free port. A promise that nobody minds ends it. */
export async function startBuilt(env: Record<string, string> = {}) {
  const DATABASE_URL = `file:${join(temporaryFolder(), 'data', 'guardian.db')}`;
  const server = start(process.execPath, ['--unhandled-rejections=strict', 'dist/index.js'], {
    env: {
      DATABASE_URL,
      HOST: '127.0.0.1',
      KIKET_SDK_TELEMETRY_OPTOUT: '1',
      KIKET_WEBHOOK_SECRET: secret,
      PORT: '0',
      ...env,
    },
  });
  const [, port = ''] = await server.waitFor(/"port":(\d+)/);
  return { ...server, url: `http://127.0.0.1:${port}`, env: { DATABASE_URL } };
}
