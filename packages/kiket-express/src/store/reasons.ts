import type { DecisionReason } from './store.ts';

/** The longest message that is kept, in characters. */
const messageLength = 500;

/** Reasons as they are kept: a guard may say anything at any length. */
export function shortenReasons(reasons: readonly DecisionReason[]): DecisionReason[] {
  return reasons.map((reason) => ({ ...reason, message: shorten(reason.message) }));
}

/** By whole characters, and without what Kiket's database could not read as JSON: NUL, and halves of characters. */
function shorten(message: string | undefined): string | undefined {
  if (message === undefined) return undefined;
  // A character has one or two units. The rest is not even looked at.
  const beginning = message.slice(0, 2 * messageLength + 2);
  const characters = Array.from(beginning.replaceAll(/[\0\p{Surrogate}]/gu, '\uFFFD'));
  if (characters.length > messageLength) characters.splice(messageLength - 1, Infinity, '…');
  return characters.join('');
}
