import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isFull } from '../support/fullTests.ts';
import { createPostgresDatabase } from '../support/postgres.ts';
import { run } from '../support/processes.ts';

const script = join(import.meta.dirname, '../support/startAndStop.ts');

/** Node strips types itself from 22.18 on. */
const { typescript = false } = process.features as { typescript?: false | string };
const forTypeScript = typescript === false ? ['--import', 'tsx'] : [];

test.each(isFull ? ['SQLite', 'PostgreSQL'] : ['SQLite'])(
  'a stopped server leaves no timer and no connection behind, over %s',
  async (name) => {
    const DATABASE_URL = name === 'SQLite' ? 'file::memory:' : (await createPostgresDatabase()).url;
    const options = ['--unhandled-rejections=strict', ...forTypeScript, script];
    const { code, stdout, stderr } = await run(process.execPath, options, { env: { DATABASE_URL } });
    expect([code, stdout, stderr]).toEqual([0, '200 200 503 200 200', '']);
  },
);
