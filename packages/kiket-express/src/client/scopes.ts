import { DeliveryError } from '../errors.ts';

/*
 * Kiket's sources spell one scope in several ways: `issues:read`, `read:issues`, `issues.read`, `issue:read`. They're
 * all the same here. Read and write access are separate: a scope to write doesn't include reading.
 */

/** What a scope allows. `*` stands for any noun or any verb. */
interface Scope {
  noun: string;
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
 * The required scopes that aren't available, as the caller wrote them. If the available ones don't say what the token
 * may do, none is missing: Kiket's delivery contract only sends `["project:27"]`, and other bodies have no list. Then a
 * call is tried, and Kiket answers 403 if it isn't allowed.
 */
export function missingScopes(required: readonly string[], available: readonly string[]): string[] {
  const granted = available
    .map(parseScope)
    .filter((scope) => scope !== undefined)
    .filter(({ verb }) => verbs.has(verb));
  if (granted.length === 0) return [];
  return required.filter((name) => {
    const wanted = parseScope(name);
    return wanted === undefined || !granted.some((scope) => covers(scope, wanted));
  });
}

function parseScope(name: string): Scope | undefined {
  const scope = name.trim().toLowerCase();
  if (scope === '*') return { noun: '*', verb: '*' };
  const [first = '', second = ''] = scope.replace(/^ext\./, '').split(/[:.]/);
  const [noun, verb] = verbs.has(first) ? [second, first] : [first, second];
  // `project:7` says where a token is valid, not what it may do.
  if (!verbs.has(verb) && noun === 'project') return undefined;
  return { noun: noun === 'api' ? '*' : noun.replace(/s$/, ''), verb };
}

/** `ext.api.read` covers all reads and `ext.api.write` all writes, except of secrets, which have their own scopes. */
function covers(granted: Scope, wanted: Scope): boolean {
  if (granted.noun === '*' && granted.verb === '*') return true;
  const isNounCovered = granted.noun === wanted.noun || (granted.noun === '*' && wanted.noun !== 'secret');
  return isNounCovered && (granted.verb === wanted.verb || granted.verb === '*');
}

/** A handler requires scopes that the delivery's token doesn't have. Kiket gets a 403. */
export class ScopeError extends DeliveryError {
  override readonly name = 'ScopeError';
  readonly requiredScopes: string[];
  readonly availableScopes: string[];
  readonly missingScopes: string[];

  constructor(required: readonly string[], available: readonly string[]) {
    const missing = missingScopes(required, available);
    super('scope_missing', { detail: `Missing: ${missing.join(', ')}.` });
    this.requiredScopes = [...required];
    this.availableScopes = [...available];
    this.missingScopes = missing;
  }
}

/** Throws a {@link ScopeError} unless every required scope is available. */
export function requireScopes(required: readonly string[], available: readonly string[]): void {
  if (missingScopes(required, available).length > 0) throw new ScopeError(required, available);
}
