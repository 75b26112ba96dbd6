import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a server and its clients. */
export interface Proxy {
  port: number;
  /**
   * Forwards nothing more on the connections that are open, in neither direction, and does not close them. New ones work.
   * Returns how many were open.
   */
  silence: () => number;
}

/** Forwards connections to a port on this machine; they end with the test. */
export async function startProxy(toPort: number): Promise<Proxy> {
  const pairs: [Socket, Socket][] = [];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: toPort, host: '127.0.0.1', allowHalfOpen: true });
    pairs.push([client, upstream]);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of pairs.flat()) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    silence: () => {
      const open = pairs.filter((pair) => pair.every((socket) => !socket.destroyed));
      for (const socket of open.flat()) socket.unpipe().pause();
      return open.length;
    },
  };
}
