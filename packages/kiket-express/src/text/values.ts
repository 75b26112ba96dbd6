import { isBlankText } from './normalize.ts';

/** Text that says something; numbers become text, blank and invisible text becomes `undefined`. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  return isBlankText(value) ? undefined : value.trim();
}

/** The first value that says something, as text. */
export function firstText(...values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const text = asText(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** An id as text. Zeros in front of a number say nothing, and zero itself is nobody's: it stands for none. */
export function idText(value: unknown): string | undefined {
  const id = asText(value);
  if (id === undefined || !isNumeric(id)) return id;
  const number = id.replace(/^0+/, '');
  return number === '' ? undefined : number;
}

/** Whether an id is a number, as Kiket's own are, and no key. */
export function isNumeric(id: string): boolean {
  return /^\d+$/.test(id);
}

/** Whether two ids are certainly not one: numbers are compared with numbers and text with text. */
export function contradict(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return isNumeric(one) === isNumeric(other) && one !== other;
}

/** Whether a value says anything at all. */
export function isPresent<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined && value !== null;
}

/** Whether it is an object of JSON's, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
