import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fixtureFolder, temporaryFolder } from '../support/folders.ts';
import { start } from '../support/processes.ts';

/** An app that calls what build.js defers: body parsers, query strings, files and their types, a metric, times, and Kiket. */
const app = `
import express from 'express';
import pg from 'pg';
import { Summary } from 'prom-client';
import { SetupError, start } from 'kiket-express';
import { createClient } from 'kiket-express/client';
import { endOfWindows, timeWindow } from 'kiket-express/schedule';
import { project } from '${fixtureFolder}/src/project.ts';

const createApp = () => {
  const app = express();
  app.set('query parser', 'extended');
  app.post('/json', express.json(), (request, response) => {
    response.json([request.body, request.query, request.is('json'), request.accepts('html')]);
  });
  app.post('/text', express.text(), (request, response) => void response.type('txt').send(request.body));
  app.get('/metric', async (_request, response) => {
    const summary = new Summary({ name: 'own', help: 'Of its own.', percentiles: [0.5], registers: [] });
    summary.observe(3);
    response.json([summary instanceof Summary, (await summary.get()).values[0]?.value]);
  });
  app.get('/times', (_request, response) => {
    const now = new Date('2026-12-24T12:00:00Z');
    const windows = [
      '2026-12-24T00:00:00Z/P1D',
      'Thu 10:00 – Thu 18:00 UTC',
      'DTSTART:20261224T000000Z RRULE:FREQ=YEARLY DURATION:P2D',
    ];
    response.json(windows.map((text) => endOfWindows([timeWindow.parse(text)], now)));
  });
  app.get('/names', (_request, response) => void response.json([SetupError.name, pg.DatabaseError.name]));
  app.get('/kiket', (_request, response) => {
    response.json(typeof createClient({ apiKey: 'key' }).notify);
  });
  app.use(express.static(process.cwd()));
  return app;
};
start({ ...project, root: process.cwd(), createApp });
`;

test('the build names errors, and what a start does not load works when an app calls it', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'index.ts'), app);
  for (const part of ['.kiket', 'package.json'])
    cpSync(join(fixtureFolder, part), join(folder, part), { recursive: true });
  symlinkSync(resolve(import.meta.dirname, '../../../../node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, [resolve(import.meta.dirname, '../../build.js')], { cwd: folder });
  const server = start(process.execPath, ['dist/index.js'], {
    cwd: folder,
    env: { DATABASE_URL: 'file::memory:', HOST: '127.0.0.1', KIKET_SDK_TELEMETRY_OPTOUT: '1', PORT: '0' },
  });
  const [, port = ''] = await server.waitFor(/"port":(\d+)/);
  const ask = async (path: string, type?: string, body?: string | Buffer) => {
    const post = { method: 'POST', headers: { 'Content-Type': type ?? '', Accept: 'text/html' }, body: body ?? '' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, body === undefined ? {} : post);
    return [response.headers.get('content-type'), await response.text()];
  };

  const json = 'application/json; charset=utf-8';
  const parsed = JSON.stringify([{ one: 1 }, { a: { b: '2' } }, 'json', 'html']);
  expect(await ask('/json?a[b]=2', 'application/json', '{"one":1}')).toEqual([json, parsed]);
  const text = await ask('/text', 'text/plain; charset=shift_jis', Buffer.from('82a0', 'hex'));
  expect(text).toEqual(['text/plain; charset=utf-8', 'あ']);
  expect(await ask('/metric')).toEqual([json, '[true,3]']);
  const ends = ['2026-12-25T00:00:00+00:00[UTC]', '2026-12-24T18:00:00+00:00[UTC]', '2026-12-26T00:00:00+00:00[UTC]'];
  expect(await ask('/times')).toEqual([json, JSON.stringify(ends)]);
  expect(await ask('/names')).toEqual([json, '["SetupError","DatabaseError"]']);
  expect(await ask('/kiket')).toEqual([json, '"function"']);
  expect(await ask('/package.json')).toEqual([json, expect.stringContaining('"type": "module"')]);
});
