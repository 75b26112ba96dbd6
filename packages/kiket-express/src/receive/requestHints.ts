import type { Request } from 'express';
import { credentialHeaders } from '../client/credentials.ts';
import type { DeliveryHints } from './eventName.ts';
import type { Headers } from '../schemas.ts';

/** What path, query and headers say about a delivery. None of it is signed. */
export function readHints(request: Request): DeliveryHints {
  const { event, version } = request.params;
  const queryVersion = request.url.includes('?') ? request.query['version'] : undefined;
  return {
    pathEvent: typeof event === 'string' ? event : undefined,
    headerEvent: request.get('x-kiket-event'),
    version:
      (typeof version === 'string' ? version : undefined) ??
      request.get('x-kiket-event-version') ??
      (typeof queryVersion === 'string' ? queryVersion : undefined),
    organization: request.get('x-kiket-organization'),
    project: request.get('x-kiket-project'),
    deliveryId: idHeader(request, 'x-kiket-delivery'),
    invocationId: idHeader(request, 'x-kiket-invocation'),
  };
}

/** An id that is kept has the length of an id. */
function idHeader(request: Request, name: string): string | undefined {
  const id = request.get(name)?.trim() ?? '';
  return id === '' || id.length > 255 ? undefined : id;
}

const hiddenHeaders: ReadonlySet<string> = new Set([
  ...credentialHeaders.map((name) => name.toLowerCase()),
  'cookie',
  'proxy-authorization',
  'x-kiket-signature',
]);

/** The headers that a handler may see, by name in lower case: neither the signature nor anybody's credentials. */
export function handlerHeaders(headers: Request['headers']): Headers {
  const shown = Object.entries(headers).filter(([name]) => !hiddenHeaders.has(name));
  return Object.fromEntries(shown.map(([name, value = '']) => [name, String(value)]));
}
