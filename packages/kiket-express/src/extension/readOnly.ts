import type { Transition } from '../delivery.ts';

/**
 * Makes an object and everything in it read-only, in place, and returns it. Throws a `TypeError` for a `Date`, `Map` or
 * `Set`, which stay mutable.
 */
export function readOnly<Value extends object>(value: Value): Value {
  // Not recursive: JSON may be nested 100,000 levels deep.
  const inside = new Set<object>([value]);
  for (const each of inside) {
    if (each instanceof Date || each instanceof Map || each instanceof Set) {
      throw new TypeError(`A ${each.constructor.name} can't be made read-only. Use text or a number instead.`);
    }
    const parts: unknown[] = Object.values(Object.freeze(each));
    for (const part of parts) if (typeof part === 'object' && part !== null) inside.add(part);
  }
  return value;
}

/** A read-only move. */
export function readOnlyTransition({ issue, from, to, mover }: Transition): Transition {
  // By name, because an issue from a handler has these in its prototype.
  const { organization, subdomain, projectId, projectKey, id, key, title, status } = issue;
  const fields = readOnly(issue.fields);
  const shown = Object.freeze({ organization, subdomain, projectId, projectKey, id, key, title, status, fields });
  return Object.freeze({ issue: shown, from, to, mover: Object.freeze(mover) });
}
