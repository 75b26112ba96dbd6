import type { Delivery } from '../delivery.ts';
import { isObject } from '../text/values.ts';

/** Where what people type in may be: a command has it at top level, and other callers put it together. */
const places = ['inputs', 'parameters', 'params'];

/** Text that whoever triggered an action has typed in, without white space around it; blank if there is none. */
export function readInput(payload: Delivery['payload'], key: string): string {
  const found = [payload, ...places.map((place) => payload[place])].find(
    (place) => isObject(place) && Object.hasOwn(place, key) && typeof place[key] === 'string',
  );
  return isObject(found) ? String(found[key]).trim() : '';
}
