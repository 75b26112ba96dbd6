import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

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

/** An API on this machine that answers as a test says. */
export interface TestApi {
  url: string;
  /** What it was asked so far, in order. */
  calls: readonly ReceivedCall[];
  close: () => void;
}

/**
 * Starts an API for a test: Kiket's, or whichever one a handler calls. Close it when the test ends.
 *
 * @param respond what it answers, one reply after the other and then HTTP 500; or what makes the replies
 */
export async function startTestApi(respond: Respond | readonly Reply[]): Promise<TestApi> {
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
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, calls, close };
}
