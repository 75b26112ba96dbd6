/** A scope as a resource and what may be done with it; `*` stands for any. */
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
 * `issue:read` are one scope; `ext.api.read` allows all reading except of secrets, for which `ext.secrets.read` is,
 * `issues:*` all that there is about issues, and `*` everything. In lines of its own, so that the extension is not tested
 * with its own code.
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
