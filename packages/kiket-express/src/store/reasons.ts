import type { DecisionReason } from './store.ts';

/** The longest stored message, in characters. */
const messageLength = 500;

/** Reasons as they're stored, because a guard's text can be of any length. */
export function shortenReasons(reasons: readonly DecisionReason[]): DecisionReason[] {
  return reasons.map((reason) => ({ ...reason, message: reason.message && shorten(reason.message) }));
}

/** Cuts whole characters, and removes what a database can't store or read as JSON: NUL and half characters. */
export function shorten(message: string): string {
  // A character has one or two units. The rest is never read.
  const beginning = message.slice(0, 2 * messageLength + 2);
  const characters = Array.from(beginning.replaceAll(/[\0\p{Surrogate}]/gu, '\uFFFD'));
  if (characters.length > messageLength) characters.splice(messageLength - 1, Infinity, '…');
  return characters.join('');
}
