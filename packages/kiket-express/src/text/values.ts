import { isBlankText } from './normalize.ts';

/** Text that isn't blank; numbers become text, blank and invisible text becomes `undefined`. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  return isBlankText(value) ? undefined : value.trim();
}

/** The first value that isn't blank, as text. */
export function firstText(...values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const text = asText(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** An id as text. Leading zeros are dropped, and zero means none. */
export function idText(value: unknown): string | undefined {
  const id = asText(value);
  if (id === undefined || !isNumeric(id)) return id;
  const number = id.replace(/^0+/, '');
  return number === '' ? undefined : number;
}

/** Whether an id is a number, like Kiket's own, and not a key. */
export function isNumeric(id: string): boolean {
  return /^\d+$/.test(id);
}

/** Whether two ids are certainly different: numbers compare with numbers and text with text. */
export function contradict(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return isNumeric(one) === isNumeric(other) && one !== other;
}

/** Whether a value is neither null nor undefined. */
export function isPresent<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined && value !== null;
}

/** Whether a JSON value has more lists and objects than this. */
export function hasMoreParts(value: unknown, most: number): boolean {
  const parts = [value];
  let count = 0;
  // Not recursive: it may be nested very deep.
  for (let part = parts.pop(); part !== undefined && count <= most; part = parts.pop()) {
    count += 1;
    const inside: unknown[] = Object.values(part as object);
    for (const each of inside) if (typeof each === 'object' && each !== null) parts.push(each);
  }
  return count > most;
}

/** Whether it's a JSON object, not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
