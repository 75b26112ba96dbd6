import type { Delivery } from '../delivery.ts';
import { isObject } from '../text/values.ts';

/** Where user input can be: at top level for a command, nested for other callers. */
const places = ['inputs', 'parameters', 'params'];

/** The text that the person entered for an action, trimmed; blank if there is none. */
export function readInput(payload: Delivery['payload'], key: string): string {
  const found = [payload, ...places.map((place) => payload[place])].find(
    (place) => isObject(place) && Object.hasOwn(place, key) && typeof place[key] === 'string',
  );
  return isObject(found) ? String(found[key]).trim() : '';
}
