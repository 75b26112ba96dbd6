import { join } from 'node:path';
import { testSecret } from 'kiket-express/testing';
import { temporaryFolder } from './folders.ts';
import { start } from './processes.ts';

/** The built server, as a process of its own, on a free port. */
export async function startBuilt(env: Record<string, string> = {}) {
  const server = start(process.execPath, ['dist/index.js'], {
    env: {
      DATABASE_URL: `file:${join(temporaryFolder(), 'data', 'guardian.db')}`,
      HOST: '127.0.0.1',
      KIKET_SDK_TELEMETRY_OPTOUT: '1',
      KIKET_WEBHOOK_SECRET: testSecret,
      PORT: '0',
      ...env,
    },
  });
  const [, port = ''] = await server.waitFor(/"port":(\d+)/);
  return { ...server, url: `http://127.0.0.1:${port}` };
}
