/** A scope as a resource and a verb; `*` means any. */
interface Scope {
  resource: string;
  verb: string;
}

const verbs = new Set([
  'read',
  'write',
  'create',
  'update',
  'delete',
  'execute',
  'manage',
  'send',
  'sync',
  'admin',
  '*',
]);

/**
 * Whether the scopes allow what a scope such as `issues:read` names. `read:issues`, `issues:read`, `issues.read` and
 * `issue:read` are one scope; `ext.api.read` allows all reads except of secrets, which need `ext.secrets.read`;
 * `issues:*` allows everything about issues, and `*` everything. Separate code, so that the extension isn't tested with
 * its own.
 */
export function allows(scopes: readonly string[], needed: string): boolean {
  const { resource, verb } = parse(needed);
  return scopes.map(parse).some((scope) => {
    if (scope.resource === '*' && scope.verb === '*') return true;
    if (scope.verb !== verb && scope.verb !== '*') return false;
    return scope.resource === resource || (scope.resource === '*' && resource !== 'secret');
  });
}

function parse(text: string): Scope {
  const scope = text.trim().toLowerCase();
  if (scope === '*') return { resource: '*', verb: '*' };
  const [first = '', second = ''] = scope.replace(/^ext\./, '').split(/[.:]/);
  const [resource, verb] = verbs.has(first) ? [second, first] : [first, second];
  return { resource: resource === 'api' ? '*' : resource.replace(/s$/, ''), verb };
}
