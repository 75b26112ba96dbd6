import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Settings } from '../extension/extension.ts';
import { readBody } from '../receive/read.ts';
import { SetupError } from '../errors.ts';
import type { Served } from '../server/server.ts';
import { createServerless, type HttpEvent } from './serverless.ts';

/** What Vercel calls. */
export type VercelHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Serves an extension as a Vercel function on Node.js. https://vercel.com/docs/functions/runtimes/node-js The answer is
 * sent after background work is done, because the function can freeze right after it.
 */
export function vercel<S extends Settings>(served: Served<S>): VercelHandler {
  const answer = createServerless(served, process.env);
  return async (request, response) => {
    const { statusCode, headers, body } = await answer(readEvent(request));
    response.writeHead(statusCode, headers as Record<string, string>).end(body);
  };
}

async function readEvent(request: IncomingMessage): Promise<HttpEvent> {
  if (request.readableDidRead) {
    throw new SetupError([
      "Something read the body before the extension could, so the signature can't be checked. Set NODEJS_HELPERS=0 in the project.",
    ]);
  }
  const { method = 'GET', url = '/', headers } = request;
  const [path = '/', ...query] = url.split('?');
  return {
    version: '2.0',
    requestContext: { http: { method } },
    rawPath: path,
    rawQueryString: query.join('?'),
    headers: headers as Record<string, string>,
    body: await readBody(request),
    isBase64Encoded: false,
  };
}
