import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { credentialHeaders } from '../client/credentials.ts';
import type { DeliveryHints } from './eventName.ts';
import type { Headers } from '../schemas.ts';

/** Where a path names an event, and its version, whatever it is mounted below. */
const eventPath = /(?:\/v\/(?<version>[^/]+))?\/webhooks\/(?<event>[^/]+)\/?$/;

/**
 * What path, query and headers say about a delivery. None of it is signed. Throws a `URIError` if the path is not properly
 * percent-encoded.
 */
export function readHints(request: IncomingMessage): DeliveryHints {
  const [path = '', query] = targetOf(request).split('?');
  const { event, version } = eventPath.exec(path)?.groups ?? {};
  const queryVersion = query === undefined ? undefined : new URLSearchParams(query).get('version');
  return {
    pathEvent: event === undefined ? undefined : decodeURIComponent(event),
    headerEvent: header(request, 'x-kiket-event'),
    version:
      (version === undefined ? undefined : decodeURIComponent(version)) ??
      header(request, 'x-kiket-event-version') ??
      queryVersion ??
      undefined,
    organization: header(request, 'x-kiket-organization'),
    project: header(request, 'x-kiket-project'),
    deliveryId: idHeader(request, 'x-kiket-delivery'),
    invocationId: idHeader(request, 'x-kiket-invocation'),
  };
}

/** The whole target of a request. Express and its like shorten `url` below where they mount a handler. */
export function targetOf(request: IncomingMessage): string {
  return (request as IncomingMessage & { originalUrl?: string }).originalUrl ?? request.url ?? '/';
}

/** A header as one text. Node joins those that may come more than once. */
export function header(request: IncomingMessage, name: string): string | undefined {
  return request.headers[name] as string | undefined;
}

/** An id that is kept has the length of an id. */
function idHeader(request: IncomingMessage, name: string): string | undefined {
  const id = header(request, name)?.trim() ?? '';
  return id === '' || id.length > 255 ? undefined : id;
}

const hiddenHeaders: ReadonlySet<string> = new Set([
  ...credentialHeaders.map((name) => name.toLowerCase()),
  'cookie',
  'proxy-authorization',
  'x-kiket-signature',
]);

/** The headers that a handler may see, by name in lower case: neither the signature nor anybody's credentials. */
export function handlerHeaders(headers: IncomingHttpHeaders): Headers {
  const shown = Object.entries(headers).filter(([name]) => !hiddenHeaders.has(name));
  return Object.fromEntries(shown.map(([name, value = '']) => [name, String(value)]));
}
