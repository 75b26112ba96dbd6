import type { IncomingMessage } from 'node:http';

/** The paths that Kiket can post deliveries to, for a router. */
export const deliveryPaths = [
  '/webhook',
  '/',
  '/kiket',
  '/webhooks',
  '/webhooks/:event',
  '/v/:version/webhooks/:event',
];

/** The same paths, without a router. */
export const deliveryPath = /^\/(?:webhook|kiket|webhooks)?\/?$|^\/(?:v\/[^/]+\/)?webhooks\/[^/]+\/?$/i;

/** The event and version in a path, below any mount point. */
export const eventPath = /(?:\/v\/(?<version>[^/]+))?\/webhooks\/(?<event>[^/]+)\/?$/i;

/**
 * The whole target of a request, with its path normalised. Express and similar frameworks shorten `url` below a mount
 * point.
 */
export function targetOf(request: IncomingMessage): string {
  return collapseSlashes((request as IncomingMessage & { originalUrl?: string }).originalUrl ?? request.url ?? '/');
}

/**
 * Collapses repeated slashes in a path, because addresses are assembled from parts: `https://guardian.example/` and
 * `/webhook`.
 */
export function collapseSlashes(target: string): string {
  if (!target.startsWith('/') || !target.includes('//')) return target;
  const [path = '', ...query] = target.split('?');
  return [path.replaceAll(/\/{2,}/g, '/'), ...query].join('?');
}

/** A header as one string. Node joins repeated headers where that's allowed. */
export function header(request: IncomingMessage, name: string): string | undefined {
  return request.headers[name] as string | undefined;
}
