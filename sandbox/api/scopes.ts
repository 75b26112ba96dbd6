/** A scope as a resource and what may be done with it. */
interface Scope {
  resource: string;
  verb: string;
}

const verbs = new Set(['read', 'write', 'delete', 'admin', 'execute', 'manage', 'receive', 'send']);

/**
 * Whether the scopes allow what a scope such as `issues:read` names. `read:issues`, `issues:read`, `issues.read` and
 * `issue:read` are one scope; `ext.api.read` allows all reading except of secrets, for which `ext.secrets.read` is, and
 * `*` everything.
 */
export function allows(scopes: readonly string[], needed: string): boolean {
  if (scopes.includes('*')) return true;
  const { resource, verb } = parse(needed);
  return scopes.map(parse).some((scope) => {
    if (scope.verb !== verb && scope.verb !== 'admin') return false;
    return scope.resource === resource || (scope.resource === 'api' && resource !== 'secret');
  });
}

function parse(text: string): Scope {
  const parts = text.replace(/^ext\./, '').split(/[.:]/);
  const verb = parts.find((part) => verbs.has(part)) ?? '';
  const resource = parts.find((part) => !verbs.has(part)) ?? '';
  return { resource: resource.replace(/s$/, ''), verb };
}
