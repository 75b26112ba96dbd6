import { DeliveryError, type ProblemCode } from './errors.ts';
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

/** Compares numbers with numbers and text with text; ids of two schemes cannot contradict each other. */
export function contradict(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return isNumeric(one) === isNumeric(other) && one !== other;
}

/** Whether it is an id of Kiket's own, and no key. */
export function isNumeric(value: string): boolean {
  return /^\d+$/.test(value);
}

/** An id as text. Zeros in front of a number say nothing. */
export function idText(value: unknown): string | undefined {
  const id = text(value);
  return id !== undefined && isNumeric(id) ? id.replace(/^0+(?=\d)/, '') : id;
}

/**
 * How one place names its issue. The 2026 webhooks give the key where others give the id. Throws a {@link DeliveryError}
 * `delivery_invalid` if that key is not the one beside it.
 */
export function readIssueNames(fields: Readonly<Record<string, unknown>>): IssueNames {
  const [id, key] = [idText(fields['id']), text(fields['key'])];
  if (id === undefined || !/^[A-Za-z][A-Za-z0-9_]*-\d+$/.test(id)) return { id, key };
  if (contradict(id, key)) throw twoOf('issues');
  return { id: undefined, key: key ?? id };
}

/** Throws a {@link DeliveryError} `delivery_invalid` if these places are about two issues. An id and a key may be one's. */
export function requireOneIssue(places: readonly unknown[]): void {
  const names = places.filter(isObject).map(readIssueNames);
  requireOne('issues', ...names.map(({ id }) => id));
  requireOne('issues', ...names.map(({ key }) => key));
}

/** The status that these places name, if any does. Throws a {@link DeliveryError} `delivery_invalid` if two name another each. */
export function requireOneMove(...statuses: readonly unknown[]): string | undefined {
  const [only, ...others] = statuses.flatMap((status) => text(status) ?? []);
  if (others.some((other) => other !== only)) throw twoOf('moves');
  return only;
}

/**
 * The first of these names, if there is any.
 *
 * @throws DeliveryError `delivery_invalid` if two of them contradict each other; `tenant_mismatch` for organisations
 */
export function requireOne(
  things: 'issues' | 'projects' | 'organizations',
  ...names: readonly (string | undefined)[]
): string | undefined {
  const said = names.filter((name) => name !== undefined);
  const [number, word] = [said.find(isNumeric), said.find((name) => !isNumeric(name))];
  if (said.some((name) => contradict(name, number) || contradict(name, word))) throw twoOf(things);
  return said[0];
}

function twoOf(things: string): DeliveryError {
  const code: ProblemCode = things === 'organizations' ? 'tenant_mismatch' : 'delivery_invalid';
  return new DeliveryError(code, code === 'tenant_mismatch' ? {} : { detail: `It names two ${things}.` });
}
