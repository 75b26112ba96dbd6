import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A call as it arrived. */
export interface ReceivedCall {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON; `undefined` if there was none. */
  body: unknown;
}

/** What is sent back. A body that is text goes out as it is. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Answers a call: with a reply, or with its own hands. */
export type Respond = (call: ReceivedCall, response: ServerResponse) => Reply | void;

/** A Kiket on this machine that answers as a test says; it is stopped when the test ends. */
export async function startFakeKiket(respond: Respond | Reply[]) {
  const calls: ReceivedCall[] = [];
  const replies = typeof respond === 'function' ? [] : [...respond];
  const answer: Respond = typeof respond === 'function' ? respond : () => replies.shift() ?? { status: 500 };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const { method = '', url: path = '', headers } = request;
    const call = { method, path, headers, body: body === '' ? undefined : (JSON.parse(body) as unknown) };
    calls.push(call);
    const reply = answer(call, response);
    if (reply === undefined) return;
    const { status = 200, body: sent = '' } = reply;
    response.writeHead(status, { 'Content-Type': 'application/json', ...reply.headers });
    response.end(typeof sent === 'string' ? sent : JSON.stringify(sent));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, calls };
}
