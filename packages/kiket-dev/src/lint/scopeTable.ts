/** The typed clients of a handler's context. */
export type Client = 'issues' | 'customData' | 'slaEvents' | 'secrets';

const rows = { list: 'read', get: 'read', create: 'write', update: 'write', delete: 'write' } as const;

/**
 * What each call needs, as the manifest's `permissions` write it: of `context.endpoints`, by client and method. What is
 * not here (`rateLimit`, `logEvent`, `getMetadata`) needs nothing.
 */
const scopes: Readonly<Record<Client, Readonly<Record<string, string>>>> = {
  issues: {
    get: 'issues:read',
    list: 'issues:read',
    create: 'issues:write',
    update: 'issues:write',
    transition: 'issues:write',
    comment: 'comments:write',
  },
  customData: Object.fromEntries(Object.entries(rows).map(([method, verb]) => [method, `custom_data:${verb}`])),
  slaEvents: { list: 'issues:read' },
  secrets: {
    get: 'secrets:read',
    list: 'secrets:read',
    set: 'secrets:write',
    delete: 'secrets:write',
    rotate: 'secrets:write',
  },
};

/** What calls of `context.client` need, by path; the first that matches counts. */
const paths: readonly (readonly [RegExp, noun: string | null])[] = [
  [/^\/api\/v1\/ext\/issues\/[^/]+\/comments/, 'comments'],
  [/^\/api\/v1\/ext\/(?:issues|sla)\b/, 'issues'],
  [/^\/api\/v1\/ext\/custom_data\//, 'custom_data'],
  [/^\/api\/v1\/ext\/projects\/[^/]+\/workflows/, 'workflows'],
  [/^\/api\/v1\/ext\/projects\/[^/]+\/boards/, 'boards'],
  [/^\/api\/v1\/ext\/analytics\//, 'analytics'],
  [/^\/api\/v1\/extensions\/[^/]+\/secrets/, 'secrets'],
  [/^\/api\/v1\/ext\/(?:rate_limit|telemetry)$|^\/api\/v1\/extensions\/[^/]+(?:\/events)?$/, null],
];

/** The scope of a method; `undefined` if it needs none. */
export function scopeOfMethod(client: Client, method: string): string | undefined {
  return Object.hasOwn(scopes[client], method) ? scopes[client][method] : undefined;
}

/** The scope of an HTTP call; `null` if it needs none, `undefined` if nobody knows. */
export function scopeOfPath(method: string, path: string): string | null | undefined {
  const found = paths.find(([pattern]) => pattern.test(path));
  if (found === undefined || found[1] === null) return found?.[1];
  return `${found[1]}:${method === 'get' ? 'read' : 'write'}`;
}
