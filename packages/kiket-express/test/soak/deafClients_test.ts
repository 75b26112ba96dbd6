import { expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, moveToDone } from '../support/deliver.ts';
import { openSocket, wireBytes } from '../support/wire.ts';

test('clients that never read their answers are cut off, and disturb nobody until then', async () => {
  const { url } = await startBuilt();
  const requests = Array.from({ length: 20_000 }, () => wireBytes({ headers: { Connection: 'keep-alive' } }));
  const bytes = Buffer.concat(requests);
  const deaf = await Promise.all(Array.from({ length: 4 }, () => openSocket(Number(new URL(url).port))));
  for (const socket of deaf) socket.pause().write(bytes);
  for (let id = 1; id <= 10; id += 1) {
    expect(await deliver(url, moveToDone(id))).toMatchObject({ status: 200, body: { status: 'pending' } });
  }
  const isCut = () => deaf.map((socket) => socket.destroyed || (socket.write('x'), false));
  await expect.poll(isCut, { timeout: 40_000, interval: 500 }).toEqual(deaf.map(() => true));
});
