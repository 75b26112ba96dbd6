import { ask } from './api.js';
import { question } from './questions.js';
import { change, state } from './state.js';
/** @import { Delivery } from './types.d.ts' */

/** Kiket shows the last 100 deliveries. */
const shownDeliveries = 100;

/**
 * Loads one delivery into the list.
 *
 * @param {string} id
 */
export async function loadDelivery(id) {
  const isNews = question(id);
  /** @type {Delivery} */
  const delivery = await ask('GET', `/deliveries/${id}`);
  if (isNews()) change({ deliveries: latest([delivery, ...state.deliveries]) });
}

/**
 * The deliveries that are listed, the newest first. Of one that comes twice, the first is taken.
 *
 * @param {readonly Delivery[]} deliveries
 */
export function latest(deliveries) {
  const bySequence = new Map(deliveries.toReversed().map((each) => [each.sequence, each]));
  return [...bySequence.values()].toSorted((one, other) => other.sequence - one.sequence).slice(0, shownDeliveries);
}
