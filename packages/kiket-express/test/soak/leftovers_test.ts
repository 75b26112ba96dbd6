import { expect, test } from 'vitest';
import { forTypeScript } from '../../../kiket-dev/src/nodeOptions.ts';
import { createPostgresDatabase } from '../support/postgres.ts';
import { run } from '../support/processes.ts';

test.each(['SQLite', 'PostgreSQL'])(
  'a stopped server leaves no timer and no connection behind, over %s',
  async (name) => {
    const DATABASE_URL = name === 'SQLite' ? 'file::memory:' : (await createPostgresDatabase()).url;
    const options = ['--unhandled-rejections=strict', ...forTypeScript, 'test/support/startAndStop.ts'];
    const { code, stdout, stderr } = await run(process.execPath, options, { env: { DATABASE_URL } });
    expect([code, stdout, stderr]).toEqual([0, '200 200 503 200 200', '']);
  },
);
