import type { IncomingMessage } from 'node:http';
import type { DeliveryHints } from '../envelope/resolveEvent.ts';
import { DeliveryError } from '../errors.ts';
import { eventPath, targetOf } from '../paths.ts';

/** Reads the hints of a request. Throws a `URIError` if the path is not properly percent-encoded. */
export function readHints(request: IncomingMessage): DeliveryHints {
  const [path = '', query] = targetOf(request).split('?');
  const { event, version } = eventPath.exec(path)?.groups ?? {};
  const queryVersion = query === undefined ? undefined : new URLSearchParams(query).get('version');
  const decode = (part: string | undefined) => (part === undefined ? undefined : decodeURIComponent(part));
  return {
    pathEvent: decode(event),
    headerEvent: header(request, 'x-kiket-event'),
    version: decode(version) ?? header(request, 'x-kiket-event-version') ?? queryVersion ?? undefined,
    organization: header(request, 'x-kiket-organization'),
    project: header(request, 'x-kiket-project'),
    deliveryId: idHeader(request, 'x-kiket-delivery'),
    invocationId: idHeader(request, 'x-kiket-invocation'),
  };
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

/** Throws a {@link DeliveryError} unless it is a POST of JSON in UTF-8. */
export function requireJsonPost(request: IncomingMessage): void {
  if (request.method !== 'POST') throw new DeliveryError('method_not_allowed', { headers: { Allow: 'POST' } });
  const type = header(request, 'content-type') ?? '';
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]+)/i.exec(type) ?? [];
  if (!/^application\/json\s*(?:;|$)/i.test(type) || !/^utf-?8$/i.test(charset)) {
    throw new DeliveryError('content_type_unsupported');
  }
}
