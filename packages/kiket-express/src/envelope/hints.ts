import type { IncomingMessage } from 'node:http';
import { DeliveryError } from '../errors.ts';
import { eventPath, header, targetOf } from '../request.ts';

/** What path, query and headers say about a delivery. They aren't signed, so the body takes precedence. */
export interface DeliveryHints {
  pathEvent?: string | undefined;
  headerEvent?: string | undefined;
  version?: string | undefined;
  organization?: string | undefined;
  project?: string | undefined;
  deliveryId?: string | undefined;
  invocationId?: string | undefined;
}

/** Reads the hints of a request. Throws a {@link DeliveryError} `path_malformed`. */
export function readHints(request: IncomingMessage): DeliveryHints {
  const [path = '', query] = targetOf(request).split('?');
  const { event, version } = eventPath.exec(path)?.groups ?? {};
  const queryVersion = query === undefined ? undefined : new URLSearchParams(query).get('version');
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

function decode(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch (error) {
    throw new DeliveryError('path_malformed', { cause: error });
  }
}

/** Stored ids have a limited length. */
function idHeader(request: IncomingMessage, name: string): string | undefined {
  const id = header(request, name)?.trim() ?? '';
  return id === '' || id.length > 255 ? undefined : id;
}
