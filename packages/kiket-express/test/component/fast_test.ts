import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Express } from 'express';
import { expect, test } from 'vitest';
import { fastListener } from '../../src/server/fast.ts';

// That it changes no answer, log line or metric: servers_test.ts.
test('what makes it fast works on what came in together in its order, and not for who has hung up', async () => {
  const handled: unknown[] = [];
  const app = ((request: unknown) => void handled.push(request)) as unknown as Express;
  const listener = fastListener(app) as (request: object, response: object) => void;
  const [first, gone, last] = [
    { id: 1, headers: {}, destroyed: false },
    { id: 2, headers: {}, destroyed: true },
    { id: 3, headers: {}, destroyed: false },
  ];
  for (const request of [first, gone, last]) listener(request, {});
  expect(handled).toEqual([]);
  await nextTurn();
  expect(handled).toEqual([first, last]);

  // Its pieces would wait in memory, each as an object.
  const inChunks = { id: 4, headers: { 'transfer-encoding': 'chunked' }, destroyed: false };
  listener(first, {});
  listener(inChunks, {});
  expect(handled).toEqual([first, last, first, inChunks]);
});

test('an app that throws for one request gets the others that came in with it', async () => {
  const handled: unknown[] = [];
  const app = (request: { id: number }) => {
    if (request.id === 1) throw new Error('broken');
    handled.push(request.id);
  };
  const listener = fastListener(app as never) as (request: object, response: object) => void;
  listener({ id: 1, headers: {}, destroyed: false }, {});
  const inChunks = { id: 2, headers: { 'transfer-encoding': 'chunked' }, destroyed: false };
  expect(() => listener(inChunks, {})).toThrow('broken');
  await nextTurn();
  expect(handled).toEqual([2]);
});
