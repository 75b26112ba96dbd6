import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildFunction } from '../support/build.ts';
import { fixtureFolder, temporaryFolder } from '../support/folders.ts';
import { moveToDone, press } from '../support/deliver.ts';
import { startVercel } from '../support/functions.ts';
import { secret } from '../support/guardian.ts';
import { createPostgresDatabase } from '../support/postgres.ts';
import { signedHeaders } from '../support/sign.ts';

const output = join(fixtureFolder, '.vercel', 'output');
const deployed = join(output, 'functions', 'guardian.func');

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

/** A signed delivery for `fetch`. */
function delivery(body: string, key = secret): RequestInit {
  return { method: 'POST', headers: signedHeaders(key, body, String(Math.floor(Date.now() / 1000))), body };
}

/** The deployed function and nothing else, over a database of its own, or over another one's. */
async function startFresh(url?: string) {
  const database = url ?? (await createPostgresDatabase()).url;
  const folder = temporaryFolder();
  cpSync(deployed, folder, { recursive: true });
  const vercel = await startVercel(folder, { env: { DATABASE_URL: database } });
  return { ...vercel, database, send: (payload: unknown) => vercel.ask('/webhook', delivery(JSON.stringify(payload))) };
}

beforeAll(() => buildFunction('vercel'));

describe('what is deployed', () => {
  test('is one function for every path, which gets the body as it came', () => {
    expect(readJson(join(output, 'config.json'))).toEqual({ version: 3, routes: [{ src: '/.*', dest: '/guardian' }] });
    const config = readJson(join(deployed, '.vc-config.json'));
    expect(config).toMatchObject({ launcherType: 'Nodejs', shouldAddHelpers: false, maxDuration: 15 });
    expect(config['runtime']).toMatch(/^nodejs2[246]\.x$/);
    expect(existsSync(join(deployed, String(config['handler'])))).toBe(true);
  });
});

describe('the deployed function', () => {
  test('denies, waits, counts approvals in every instance, and allows', async () => {
    const one = await startFresh();
    const other = await startFresh(one.database);
    const { issue, ...move } = moveToDone();
    const denied = await one.send({ ...move, issue: { ...issue, assignee_id: null } });
    expect([denied.status, denied.body]).toMatchObject([200, { status: 'deny' }]);
    expect(denied.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await other.send(moveToDone())).body).toMatchObject({ status: 'pending' });
    const approve = press('approve_transition');
    const first = await one.send(approve);
    expect(first.body).toMatchObject({ status: 'success', data: { approvals_given: 1 } });
    expect((await other.send(approve)).body).toEqual(first.body);
    expect((await other.send(moveToDone())).body).toMatchObject({ status: 'allow' });
  });

  test('checks signatures over the very bytes', async () => {
    const { ask } = await startFresh();
    const body = JSON.stringify({ ...press('guardian_report'), note: 'Größe ✓ \u2028 ' }, null, 3);
    const sent = delivery(body);
    expect(await ask('/webhook?version=v1', sent)).toMatchObject({ status: 200, body: { status: 'success' } });
    expect(await ask('/webhook?version=v2', sent)).toMatchObject({ status: 400 });
    expect(await ask('/webhook', { ...sent, body: `${body} ` })).toMatchObject({ status: 401 });
  });

  test("answers what isn't a delivery as the server does", async () => {
    const { ask } = await startFresh();
    const move = JSON.stringify(moveToDone());
    const large = ' '.repeat(512 * 1024 + 1);
    const silent = { ...delivery(large), body: new Blob([large]).stream(), duplex: 'half' } as RequestInit;
    const cases: [path: string, request: RequestInit, status: number, code: string][] = [
      ['/webhook', delivery(move, 'another'), 401, 'signature_mismatch'],
      ['/webhook', delivery(large), 413, 'body_too_large'],
      ['/webhook', silent, 413, 'body_too_large'],
      ['/webhooks/%E0%A4%A', delivery(move), 400, 'path_malformed'],
      ['/webhook', { method: 'PUT' }, 405, 'method_not_allowed'],
    ];
    for (const [path, request, status, code] of cases) {
      expect(await ask(path, request), code).toMatchObject({ status, body: { error: { code } } });
    }
    expect((await ask('/webhook', { method: 'PUT' })).headers.get('allow')).toBe('POST');
    expect(await ask('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  test('says so when something else has read the body', async () => {
    const folder = temporaryFolder();
    cpSync(deployed, folder, { recursive: true });
    const built = join(folder, 'dist', 'vercel.mjs');
    renameSync(built, join(folder, 'dist', 'guardian.mjs'));
    // As Vercel's helpers do: they read the body for whoever may ask for it, before the function is called.
    const reading = "import guard from './guardian.mjs';\n".concat(
      'export default (request, response) => {\n',
      "  request.resume().once('end', () => void guard(request, response));\n};\n",
    );
    writeFileSync(built, reading);
    const { url } = await createPostgresDatabase();
    const { ask, waitFor } = await startVercel(folder, { env: { DATABASE_URL: url } });
    const answer = await ask('/webhook', delivery(JSON.stringify(moveToDone())));
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'not_started' } } });
    await waitFor(/Set NODEJS_HELPERS=0/);
  });
});
