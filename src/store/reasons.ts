import type { DecisionReason } from './store.ts';

/** The longest message that is kept, in characters. */
const messageLength = 500;

/** Reasons as they are kept: a guard may say anything at any length. */
export function shortenReasons(reasons: readonly DecisionReason[]): DecisionReason[] {
  return reasons.map((reason) => ({ ...reason, message: shorten(reason.message) }));
}

/** By whole characters, and without what Kiket's database could not read as JSON: NUL, and halves of characters. */
function shorten(message: string | undefined): string | undefined {
  const characters = Array.from(message?.replaceAll(/[\0\p{Surrogate}]/gu, '\uFFFD') ?? '');
  if (characters.length > messageLength) characters.splice(messageLength - 1, Infinity, '…');
  return message === undefined ? undefined : characters.join('');
}

/** Reads what a row keeps. */
export function parseReasons(kept: string | null): readonly DecisionReason[] {
  return JSON.parse(kept ?? '[]') as DecisionReason[];
}
