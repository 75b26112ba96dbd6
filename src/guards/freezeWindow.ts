import { Temporal } from 'temporal-polyfill';
import * as z from 'zod';

/** A time in which nothing enters a protected status: from `start` until just before `end`, in epoch milliseconds. */
export interface FreezeWindow {
  start: number;
  end: number;
}

/** A setting that is one freeze window. */
export const freezeWindow = z.string().transform((text, context): FreezeWindow => {
  try {
    return readFreezeWindow(text);
  } catch {
    const message = `"${text}" is not an interval. Write <start>/<end> with a time zone and days that exist, such as 2026-12-20T00:00:00Z/2027-01-04T08:00:00Z.`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
});

/**
 * Reads an ISO 8601 interval: `<start>/<end>`, `<start>/<duration>` or `<duration>/<end>`. Times have a zone; a date
 * begins at midnight UTC. Where a month lacks a day, a duration of months or years ends on its last one. Throws a
 * `RangeError` if the text is no interval, names a day that does not exist, or ends before it begins.
 */
export function readFreezeWindow(text: string): FreezeWindow {
  const [first = '', second = '', ...rest] = text.split('/').map((part) => part.trim());
  if (rest.length > 0) throw new RangeError('An interval has two parts.');
  const start = isDuration(first) ? readMoment(second).subtract(first) : readMoment(first);
  const end = isDuration(second) ? start.add(second) : readMoment(second);
  if (Temporal.ZonedDateTime.compare(start, end) >= 0) throw new RangeError('It ends before it begins.');
  return { start: start.epochMilliseconds, end: end.epochMilliseconds };
}

function isDuration(text: string): boolean {
  return /^P/i.test(text);
}

/** A date, or a date and time with its zone, in which days and months are counted. */
function readMoment(text: string): Temporal.ZonedDateTime {
  if (/^[\d-]+$/.test(text)) return Temporal.PlainDate.from(text).toZonedDateTime('UTC');
  const [zone = 'UTC'] = /[+-][\d:]+$/.exec(text) ?? [];
  return Temporal.Instant.from(text).toZonedDateTimeISO(zone);
}
