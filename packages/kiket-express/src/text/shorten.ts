/**
 * Cuts a text at a number of whole characters, and replaces what a database or strict JSON can't have: NUL and half
 * characters.
 */
export function shorten(text: string, length: number): string {
  // A character has one or two units. The rest is never read.
  const beginning = text.slice(0, 2 * length + 2);
  const characters = Array.from(beginning.replaceAll(/[\0\p{Surrogate}]/gu, '\uFFFD'));
  if (characters.length > length) characters.splice(length - 1, Infinity, '…');
  return characters.join('');
}
