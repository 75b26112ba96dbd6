import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../kiket-express/test/support/builtServer.ts';
import { deliver, moveToDone } from '../../../kiket-express/test/support/deliver.ts';
import { secret } from '../../../kiket-express/test/support/guardian.ts';
import { start } from '../../../kiket-express/test/support/processes.ts';

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
