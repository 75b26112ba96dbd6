import type { IncomingMessage } from 'node:http';

/** Where Kiket may post a delivery, for a router. */
export const deliveryPaths = [
  '/webhook',
  '/',
  '/kiket',
  '/webhooks',
  '/webhooks/:event',
  '/v/:version/webhooks/:event',
];

/** The same paths, without a router. */
export const deliveryPath = /^\/(?:webhook|kiket|webhooks)?\/?$|^\/(?:v\/[^/]+\/)?webhooks\/[^/]+\/?$/;

/** Where a path names an event, and its version, whatever it is mounted below. */
export const eventPath = /(?:\/v\/(?<version>[^/]+))?\/webhooks\/(?<event>[^/]+)\/?$/;

/** The whole target of a request, its path mended. Express and its like shorten `url` below where they mount a handler. */
export function targetOf(request: IncomingMessage): string {
  return collapseSlashes((request as IncomingMessage & { originalUrl?: string }).originalUrl ?? request.url ?? '/');
}

/** Takes several slashes in a path for one, because addresses are put together from parts: `https://guardian.example/` and `/webhook`. */
export function collapseSlashes(target: string): string {
  if (!target.startsWith('/') || !target.includes('//')) return target;
  const [path = '', ...query] = target.split('?');
  return [path.replaceAll(/\/{2,}/g, '/'), ...query].join('?');
}
