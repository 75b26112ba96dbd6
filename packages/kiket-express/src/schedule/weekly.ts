import { Temporal } from 'temporal-polyfill';
import type { TimeWindow } from './window.ts';

const weekly =
  /^(?<from>[a-z]+) (?<start>\d\d?:\d\d)\s*(?:[–-]|to)\s*(?<to>[a-z]+) (?<end>\d\d?:\d\d)(?: (?<zone>\S+))?$/i;
const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/**
 * Reads a weekly window in a time zone: `Fri 16:00 – Mon 08:00 Europe/Berlin`. `undefined` for another notation. Throws
 * a `RangeError` for a day, time or zone that doesn't exist.
 */
export function readWeekly(text: string): TimeWindow | undefined {
  const { from = '', start = '', to = '', end = '', zone = '' } = weekly.exec(text)?.groups ?? {};
  if (from === '') return undefined;
  if (zone === '') throw new RangeError('It has no time zone, such as Europe/Berlin.');
  const [startDay, endDay] = [dayNumber(from), dayNumber(to)];
  const [startTime, endTime] = [readTime(start), readTime(end)];
  Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
  if (startDay === endDay && startTime.equals(endTime)) throw new RangeError('It ends when it starts.');
  const isWithinDay = startDay === endDay && Temporal.PlainTime.compare(startTime, endTime) < 0;
  const length = isWithinDay ? 0 : (endDay - startDay + 7) % 7 || 7;
  return {
    endAt: (moment) => {
      // When clocks skip midnight, tomorrow's may have begun.
      const tomorrow = moment.toZonedDateTimeISO(zone).toPlainDate().add({ days: 1 });
      const latest = tomorrow.subtract({ days: (tomorrow.dayOfWeek - startDay + 7) % 7 });
      for (const day of [latest, latest.subtract({ weeks: 1 })]) {
        // When clocks change, a time may come twice or not at all: the freeze is the longer one.
        const begins = day.toPlainDateTime(startTime).toZonedDateTime(zone, { disambiguation: 'earlier' });
        const ends = day
          .add({ days: length })
          .toPlainDateTime(endTime)
          .toZonedDateTime(zone, { disambiguation: 'later' });
        const isIn = Temporal.Instant.compare(begins.toInstant(), moment) <= 0;
        if (isIn && Temporal.Instant.compare(moment, ends.toInstant()) < 0) return ends;
      }
      return undefined;
    },
  };
}

/** `8:00` is `08:00`. */
function readTime(text: string): Temporal.PlainTime {
  return Temporal.PlainTime.from(text.padStart(5, '0'));
}

/** 1 for Monday, as Temporal counts. */
function dayNumber(name: string): number {
  const number = days.findIndex((day) => day.startsWith(name.toLowerCase())) + 1;
  if (number === 0 || name.length < 3) throw new RangeError(`${name} isn't a day of the week, such as Fri.`);
  return number;
}
