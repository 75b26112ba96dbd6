/**
 * Parses Unix seconds, Unix milliseconds or an ISO 8601 date and time; `undefined` for anything else. The year 9999
 * doesn't count, because later times don't sort as text.
 */
export function readTime(text: string): Date | undefined {
  if (!/^\d+$/.test(text)) return parseIsoTime(text);
  if (text.length === 9 || text.length === 10) return new Date(Number(text) * 1000);
  return text.length === 12 || text.length === 13 ? new Date(Number(text)) : undefined;
}

/** Without an offset, the time is UTC. */
function parseIsoTime(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/i.test(text)) return undefined;
  const time = new Date(/(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`);
  return time.getTime() < Date.UTC(9999) ? time : undefined;
}
