import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { deliver, moveToDone } from '../support/deliver.ts';
import { testSecret as secret } from 'kiket-express/testing';
import { start } from '../support/processes.ts';

test.each(['npm start', 'npm run dev'])('%s serves', async (command) => {
  const env = {
    DATABASE_URL: `file:${join(temporaryFolder(), 'guardian.db')}`,
    HOST: '127.0.0.1',
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    KIKET_WEBHOOK_SECRET: secret,
    PORT: '0',
  };
  const { waitFor } = start('sh', ['-c', command], { env, ownGroup: true });
  const [, port = ''] = await waitFor(/"port":(\d+)/);
  const { status, body } = await deliver(`http://127.0.0.1:${port}`, moveToDone());
  const decision = expect.stringMatching(/^(?:allow|pending)$/) as string;
  expect([status, body]).toMatchObject([200, { status: decision }]);
});
