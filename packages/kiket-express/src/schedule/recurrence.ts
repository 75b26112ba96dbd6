import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import type { TimeWindow } from './window.ts';

const properties = /^(?<start>DTSTART\S+)\s+RRULE:(?<rule>\S+)\s+DURATION:(?<length>\S+)$/;
const fixedStart = /^DTSTART(?:;TZID=[^:]+:\d{8}T\d{6}|:\d{8}T\d{6}Z)$/;

/** The supported parts of a rule, with up to 31 values each. The library gets others wrong, or takes long to follow them. */
const rulePart =
  /^(?:FREQ=(?:YEARLY|MONTHLY|WEEKLY|DAILY)|(?:UNTIL|INTERVAL|WKST)=\w+|BYDAY=(?:(?:[+-]?[1-5])?[A-Z]{2}(?:,|$)){1,31}|BYMONTH=(?:(?:0?[1-9]|1[0-2])(?:,|$)){1,12}|BYMONTHDAY=(?:-?\d{1,2}(?:,|$)){1,31}|BYSETPOS=-?[1-9])$/;

/** How far a rule is followed to find an occurrence, so that rules without any are refused quickly. */
const maxIterations = 500;

/** The same for a yearly rule: 29 February is a Monday every 28 years. */
const maxYears = 50;

/** How many occurrences of a rule can overlap, so that a guard doesn't have to check more. */
const maxAtOnce = 10;

/**
 * Reads a recurrence rule with the duration of each occurrence, as RFC 5545 properties with spaces between them:
 * `DTSTART;TZID=Europe/Berlin:20260130T160000 RRULE:FREQ=MONTHLY;BYDAY=-1FR DURATION:P3D`. A day is a day in the zone,
 * so it can have 23 or 25 hours. Without `RRULE` the result is `undefined`. Throws an `Error` for a rule that is
 * invalid, has unsupported parts, or takes long to follow, because every delivery waits for it.
 */
export function readRecurrence(text: string): TimeWindow | undefined {
  if (!text.includes('RRULE')) return undefined;
  const { start = '', rule = '', length = '' } = properties.exec(text)?.groups ?? {};
  if (start === '') throw new RangeError('A rule has DTSTART, RRULE and DURATION, in this order.');
  if (!fixedStart.test(start)) throw new RangeError(`${start} needs a time, and either a TZID or a Z`);
  requireSupported(rule);
  const duration = Temporal.Duration.from(length);
  const { dtstart, until } = readRule(start, rule).options();
  const begins = dtstart.toPlainTime().toString({ smallestUnit: 'second' });
  if (!start.includes(`T${begins.replaceAll(':', '')}`)) throw new RangeError(`${start} is skipped by a clock change`);
  // In UTC, because the library takes seconds to follow some rules in another zone.
  const inUtc = readRule(`DTSTART:${start.slice(start.lastIndexOf(':') + 1).replace('Z', '')}Z`, withoutUntil(rule));
  const { timeZoneId } = dtstart;
  const inZone = (time: Temporal.ZonedDateTime) => time.toPlainDateTime().toZonedDateTime(timeZoneId);
  const isOver = (time: Temporal.ZonedDateTime) => until !== undefined && isAfter(inZone(time), until);
  const [first] = follow(() => inUtc.all((_time, index) => index < 1));
  const isEmpty = first === undefined || isOver(first) || !isAfter(first.add(duration), first);
  if (isEmpty) throw new RangeError('The rule never occurs');
  const atOnce = follow(() => inUtc.between(first, first.add(duration), true)).length;
  if (atOnce > maxAtOnce) throw new RangeError(`Each occurrence lasts so long that ${atOnce} of them overlap`);
  return {
    endAt: (moment) => {
      const now = moment.toZonedDateTimeISO(timeZoneId);
      const clock = now.toPlainDateTime().toZonedDateTime('UTC');
      // A day more on both sides, because clocks change.
      const begun = inUtc
        .between(clock.subtract(duration).subtract({ days: 1 }), clock.add({ days: 1 }), true)
        .filter((time) => !isOver(time) && !isAfter(inZone(time), now))
        // A time that clocks skip doesn't exist.
        .filter((time) => inZone(time).toPlainDateTime().equals(time.toPlainDateTime()));
      const end = begun.map(inZone).at(-1)?.add(duration);
      return end !== undefined && isAfter(end, now) ? end : undefined;
    },
  };
}

function readRule(start: string, rule: string): RRuleTemporal {
  const rruleString = `${start}\nRRULE:${rule}`;
  return new RRuleTemporal({
    rruleString,
    strict: true,
    temporal: Temporal,
    maxIterations: /YEARLY/.test(rule) ? maxYears : maxIterations,
  });
}

function withoutUntil(rule: string): string {
  const parts = rule.split(';').filter((part) => !part.startsWith('UNTIL='));
  return parts.join(';');
}

function isAfter(one: Temporal.ZonedDateTime, other: Temporal.ZonedDateTime): boolean {
  return Temporal.ZonedDateTime.compare(one, other) > 0;
}

/** Throws a `RangeError` that names what isn't supported. */
function requireSupported(rule: string): void {
  const parts = rule.split(';');
  const strange = parts.find((part) => !rulePart.test(part));
  if (strange !== undefined) throw new RangeError(`${strange} isn't supported${adviceOn(strange)}`);
  const names = parts.map((part) => part.replace(/=.*/, ''));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`${twice} is there twice`);
  if (/BYMONTHDAY=/.test(rule) && /BYDAY=[^;]*\d/.test(rule)) {
    throw new RangeError("BYMONTHDAY isn't supported together with a number in BYDAY");
  }
  if (rule.includes('FREQ=YEARLY') && /BYDAY=(?:[^;]*,)?[A-Z]/.test(rule) && /BYDAY=[^;]*\d/.test(rule)) {
    throw new RangeError("BYDAY with and without numbers isn't supported in YEARLY rules");
  }
  const [slow] = /BYSETPOS|BYMONTHDAY/.exec(rule) ?? [];
  if (slow !== undefined && !/FREQ=(?:MONTHLY|YEARLY)/.test(rule)) {
    throw new RangeError(`${slow} is only supported in MONTHLY and YEARLY rules`);
  }
}

function adviceOn(part: string): string {
  if (part.startsWith('COUNT=')) return '; use UNTIL instead';
  return part.startsWith('FREQ=') ? ': rules recur daily or less often' : '';
}

function follow<Times>(look: () => Times): Times {
  try {
    return look();
  } catch (error) {
    throw new RangeError('No occurrence was found in reasonable time', { cause: error });
  }
}
