import { normalizeName } from './normalize.ts';

/** Whether two texts name one status, as people read them: `In Review`, `in-review` and `in_review` are one. */
export function isSameStatus(one: string, other: string): boolean {
  return normalizeName(one) === normalizeName(other);
}

/**
 * Whether a status is among these. One with a comma in its name also matches if each of its parts is listed, because
 * quotes around a setting are easily lost.
 */
export function includesStatus(statuses: readonly string[], status: string): boolean {
  const named = new Set(statuses.map(normalizeName));
  const read = normalizeName(status);
  return named.has(read) || (read.includes(',') && read.split(',').every((part) => named.has(part.trim())));
}
