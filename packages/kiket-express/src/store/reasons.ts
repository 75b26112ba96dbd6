import { shorten } from '../text/shorten.ts';
import type { DecisionReason } from './store.ts';

/** The longest stored message, in characters. A guard's text can be of any length. */
export const messageLength = 500;

/** Reasons as they're stored. */
export function shortenReasons(reasons: readonly DecisionReason[]): DecisionReason[] {
  return reasons.map((reason) => ({ ...reason, message: reason.message && shorten(reason.message, messageLength) }));
}
