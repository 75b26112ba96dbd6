import { isBlankText } from './asRead.ts';

/** Text that says something; numbers become text, blank and invisible text becomes `undefined`. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  return isBlankText(value) ? undefined : value.trim();
}

/** The first value that says something, as text. */
export function first(...values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const said = text(value);
    if (said !== undefined) return said;
  }
  return undefined;
}

/** Whether a value says anything at all. */
export function isPresent<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined && value !== null;
}

/** Whether it is an object of JSON's, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
