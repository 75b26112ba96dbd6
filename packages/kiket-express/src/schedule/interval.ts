import { Temporal } from 'temporal-polyfill';
import type { TimeWindow } from './window.ts';

/**
 * Reads an ISO 8601 interval: `<start>/<end>`, `<start>/<duration>` or `<duration>/<end>`. Times have a zone; a date
 * begins at midnight UTC. If a month lacks a day, a duration of months or years ends on its last day. Throws a
 * `RangeError` if the text isn't an interval, has a day that doesn't exist, or ends before it starts.
 */
export function readInterval(text: string): TimeWindow {
  if (!/^[\dp]/i.test(text)) throw new RangeError("It's neither a date nor a weekly time.");
  const [first = '', second = '', ...rest] = text.split('/').map((part) => part.trim());
  if (rest.length > 0) throw new RangeError('An interval has two parts, separated by a slash.');
  const start = isDuration(first) ? readMoment(second).subtract(first) : readMoment(first);
  const end = isDuration(second) ? start.add(second) : readMoment(second);
  if (Temporal.ZonedDateTime.compare(start, end) >= 0) throw new RangeError('It ends before it starts.');
  const [from, until] = [start.epochMilliseconds, end.epochMilliseconds];
  return {
    endAt: ({ epochMilliseconds: moment }) => (from <= moment && moment < until ? end : undefined),
  };
}

function isDuration(text: string): boolean {
  return /^P/i.test(text);
}

/** A date, or a date and time with a zone, in which days and months are counted. */
function readMoment(text: string): Temporal.ZonedDateTime {
  if (/^[\d-]+$/.test(text)) return Temporal.PlainDate.from(text).toZonedDateTime('UTC');
  const [zone = 'UTC'] = /[+-][\d:]+$/.exec(text) ?? [];
  return Temporal.Instant.from(text).toZonedDateTimeISO(zone);
}
