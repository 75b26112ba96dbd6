/** A time in a zone, as in Temporal's `ZonedDateTime`. */
export interface ZonedTime {
  epochMilliseconds: number;
  offsetNanoseconds: number;
  timeZoneId: string;
}

/**
 * A time for use in a sentence, the same on every machine: `Mon 7 Dec 2026, 08:00 Europe/Berlin (Mon 07:00 UTC)`, or
 * for a `Date`, and in UTC, `Mon 7 Dec 2026, 07:00 UTC`.
 */
export function timeText(time: Date | ZonedTime): string {
  if (time instanceof Date) return `${dayAndTime(time.getTime()).join(', ')} UTC`;
  const { epochMilliseconds, offsetNanoseconds, timeZoneId } = time;
  if (timeZoneId === 'UTC') return timeText(new Date(epochMilliseconds));
  const [utcDay, utcTime] = dayAndTime(epochMilliseconds);
  const local = dayAndTime(epochMilliseconds + offsetNanoseconds / 1_000_000).join(', ');
  return `${local} ${timeZoneId} (${utcDay.slice(0, 3)} ${utcTime} UTC)`;
}

/** ECMAScript formats every `Date` as `Mon, 07 Dec 2026 07:00:00 GMT`. */
function dayAndTime(milliseconds: number): [day: string, time: string] {
  const text = new Date(milliseconds).toUTCString();
  const [, weekday = '', date = '', time = ''] = /^(\w+), 0?(\d+ \w+ \d+) (\d\d:\d\d)/.exec(text) ?? [];
  return [`${weekday} ${date}`, time];
}
