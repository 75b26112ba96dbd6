import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readBody } from '../../src/receive/read.ts';
import { defer } from '../support/defer.ts';

const destroyed = async (request: IncomingMessage) => {
  request.destroy();
  await once(request, 'close');
};
const read = async (request: IncomingMessage) => {
  request.push('{}');
  request.push(null);
  await once(request.resume(), 'close');
};
const decoded = (request: IncomingMessage) => void request.setEncoding('utf8').push('{}');

test.each<[string, (request: IncomingMessage) => unknown, (request: IncomingMessage, answer: () => void) => unknown]>([
  ['has arrived but is taken away before it is read', () => {}, destroyed],
  ['is gone before anyone asks for it', destroyed, () => {}],
  ['someone else has read', read, () => {}],
  ['someone else decodes', decoded, decoded],
  ['someone else has answered', () => {}, (_request, answer) => answer()],
])('a body that %s is incomplete, and nobody waits for it', async (_what, before, after) => {
  const request = new IncomingMessage(new Socket());
  request.complete = true;
  await before(request);
  const answered = defer();
  const reading = (async () => readBody(request, answered.promise))();
  await after(request, answered.resolve);
  await expect(reading).rejects.toMatchObject({ code: 'body_incomplete' });
});

test('a body that someone else reads to its end is incomplete at that moment', async () => {
  const request = new IncomingMessage(new Socket());
  const reading = new Promise((resolve) => {
    request.once('end', () => resolve((async () => readBody(request))()));
  });
  request.resume().push('{}');
  request.push(null);
  await expect(reading).rejects.toMatchObject({ code: 'body_incomplete' });
});

test('a body that something else holds up is incomplete when Kiket has stopped waiting', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const request = new IncomingMessage(new Socket());
  request.on('readable', () => {}).push('{}');
  const reading = (async () => readBody(request))();
  vi.advanceTimersByTime(10_000);
  await expect(reading).rejects.toMatchObject({ code: 'body_incomplete' });
});

test('a body that something else has paused is read', async () => {
  const request = new IncomingMessage(new Socket());
  request.pause().push('{}');
  request.push(null);
  await expect(readBody(request)).resolves.toEqual(Buffer.from('{}'));
});

test.each(['none', '-1'])('a body whose length is said to be %s is read to its end', async (length) => {
  const request = new IncomingMessage(new Socket());
  request.headers['content-length'] = length;
  request.push('{}');
  request.push(null);
  await expect(readBody(request)).resolves.toEqual(Buffer.from('{}'));
});
