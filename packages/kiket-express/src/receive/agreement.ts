import { DeliveryError } from './errors.ts';
import { isObject, text } from './text.ts';

/*
 * A delivery is about one tenant, one issue and one move, however many places of the signed body name them: what
 * contradicts itself is rejected, never guessed.
 */

/** The two names of an issue. */
export interface IssueNames {
  id: string | undefined;
  key: string | undefined;
}

/** Compares ids with ids and keys with keys; an id and a key of one thing cannot contradict each other. */
export function contradict(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return isNumeric(one) === isNumeric(other) && one !== other;
}

/** Whether it is an id of Kiket's own, and no key. */
export function isNumeric(value: string): boolean {
  return /^\d+$/.test(value);
}

/**
 * How one place names its issue. The 2026 webhooks give the key where others give the id. Throws a {@link DeliveryError}
 * `delivery_invalid` if that key is not the one beside it.
 */
export function readIssueNames(fields: Readonly<Record<string, unknown>>): IssueNames {
  const [id, key] = [text(fields['id']), text(fields['key'])];
  if (id === undefined || !/^[A-Za-z][A-Za-z0-9_]*-\d+$/.test(id)) return { id, key };
  if (contradict(id, key)) throw twoOf('issues');
  return { id: undefined, key: key ?? id };
}

/** Throws a {@link DeliveryError} `delivery_invalid` if these places are about two issues. An id and a key may be one's. */
export function requireOneIssue(places: readonly unknown[]): void {
  let id: string | undefined;
  let key: string | undefined;
  for (const place of places) {
    if (!isObject(place)) continue;
    const named = readIssueNames(place);
    if (contradict(id, named.id) || contradict(key, named.key)) throw twoOf('issues');
    id ??= named.id;
    key ??= named.key;
  }
}

/** The status that these places name, if any does. Throws a {@link DeliveryError} `delivery_invalid` if two name another each. */
export function requireOneMove(...statuses: readonly unknown[]): string | undefined {
  let only: string | undefined;
  for (const status of statuses) {
    const said = text(status);
    only ??= said;
    if (said !== undefined && said !== only) throw twoOf('moves');
  }
  return only;
}

function twoOf(things: string): DeliveryError {
  return new DeliveryError('delivery_invalid', { detail: `It names two ${things}.` });
}
