import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { readBody } from '../../src/receive/read.ts';

test('a body that has arrived but is taken away before it is read is incomplete, and nobody waits for it', async () => {
  const request = new IncomingMessage(new Socket());
  request.complete = true;
  const reading = readBody(request);
  request.destroy();
  await expect(reading).rejects.toMatchObject({ code: 'body_incomplete' });
});
