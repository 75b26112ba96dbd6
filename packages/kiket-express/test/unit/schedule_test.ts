import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { endOfWindows, timeWindow } from '../../src/schedule/index.ts';

/** When the windows that are written so leave a time, or `none`. */
function endAt(time: string, ...texts: readonly string[]): string {
  const windows = texts.map((text) => timeWindow.parse(text));
  return endOfWindows(windows, new Date(time))?.toInstant().toString() ?? 'none';
}

/** A moment before a time, in ISO 8601. */
const before = (time: string) => Temporal.Instant.from(time).subtract({ milliseconds: 1 }).toString();

describe('a window', () => {
  test.each([
    ['2026-12-20T00:00:00Z/2027-01-04T08:00:00Z', '2026-12-20T00:00:00Z', '2027-01-04T08:00:00Z'],
    ['2026-12-20T01:00:00+01:00 / 2027-01-04T03:00:00-05:00', '2026-12-20T00:00:00Z', '2027-01-04T08:00:00Z'],
    ['2026-12-20/2027-01-04T08:00:00Z', '2026-12-20T00:00:00Z', '2027-01-04T08:00:00Z'],
    ['2026-12-20T00:00:00Z/P14D', '2026-12-20T00:00:00Z', '2027-01-03T00:00:00Z'],
    ['2026-12-20/P1M', '2026-12-20T00:00:00Z', '2027-01-20T00:00:00Z'],
    ['2026-12-20T22:00+01:00/PT36H30M', '2026-12-20T21:00:00Z', '2026-12-22T09:30:00Z'],
    ['2026-12-20T22:00-0500/PT1.5H', '2026-12-21T03:00:00Z', '2026-12-21T04:30:00Z'],
    ['2026-12-20t22:00:00z/p1d', '2026-12-20T22:00:00Z', '2026-12-21T22:00:00Z'],
    ['P1W/2027-01-04T08:00:00Z', '2026-12-28T08:00:00Z', '2027-01-04T08:00:00Z'],
    ['P1Y2DT3S / 2027-01-04', '2026-01-01T23:59:57Z', '2027-01-04T00:00:00Z'],
    ['P1M/2027-03-31T00:00:00Z', '2027-02-28T00:00:00Z', '2027-03-31T00:00:00Z'],
    ['P1M/2028-03-31T00:00:00Z', '2028-02-29T00:00:00Z', '2028-03-31T00:00:00Z'],
    ['P1M/2027-03-31T00:00:00+02:00', '2027-02-27T22:00:00Z', '2027-03-30T22:00:00Z'],
    ['2027-01-31/P1M', '2027-01-31T00:00:00Z', '2027-02-28T00:00:00Z'],
    ['2027-08-31T12:00:00Z/P1M', '2027-08-31T12:00:00Z', '2027-09-30T12:00:00Z'],
    ['2028-02-29/P1Y', '2028-02-29T00:00:00Z', '2029-02-28T00:00:00Z'],
    ['P1Y/2028-02-29', '2027-02-28T00:00:00Z', '2028-02-29T00:00:00Z'],
    // In winter, in summer, and over both changes of the clocks.
    ['Fri 16:00 – Mon 08:00 Europe/Berlin', '2026-01-09T15:00:00Z', '2026-01-12T07:00:00Z'],
    ['Fri 16:00 – Mon 08:00 Europe/Berlin', '2026-07-03T14:00:00Z', '2026-07-06T06:00:00Z'],
    ['Fri 16:00 – Mon 08:00 Europe/Berlin', '2026-03-27T15:00:00Z', '2026-03-30T06:00:00Z'],
    ['Fri 16:00 – Mon 08:00 Europe/Berlin', '2026-10-23T14:00:00Z', '2026-10-26T07:00:00Z'],
    ['friday 16:00-monday 08:00 America/New_York', '2026-03-06T21:00:00Z', '2026-03-09T12:00:00Z'],
    ['Tue 09:00 – Tue 17:30 UTC', '2026-03-03T09:00:00Z', '2026-03-03T17:30:00Z'],
    ['Tue 22:00 – Wed 06:00 +05:30', '2026-03-03T16:30:00Z', '2026-03-04T00:30:00Z'],
    ['Mon 08:00 – Mon 07:00 UTC', '2026-03-02T08:00:00Z', '2026-03-09T07:00:00Z'],
    // 02:30 does not come on this day, and comes twice on the other.
    ['Sat 12:00 – Sun 02:30 Europe/Berlin', '2026-03-28T11:00:00Z', '2026-03-29T01:30:00Z'],
    ['Sat 12:00 – Sun 02:30 Europe/Berlin', '2026-10-24T10:00:00Z', '2026-10-25T01:30:00Z'],
    ['Sun 02:30 – Sun 12:00 Europe/Berlin', '2026-03-29T01:30:00Z', '2026-03-29T10:00:00Z'],
    ['Sun 02:30 – Sun 12:00 Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T11:00:00Z'],
    [
      'DTSTART;TZID=Europe/Berlin:20260130T160000 RRULE:FREQ=MONTHLY;BYDAY=-1FR DURATION:P2DT16H',
      '2026-03-27T15:00:00Z',
      '2026-03-30T06:00:00Z',
    ],
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY DURATION:P2D', '2027-01-01T00:00:00Z', '2027-01-03T00:00:00Z'],
    [
      'DTSTART:20250101T120000Z RRULE:FREQ=DAILY;COUNT=1000 DURATION:PT1H',
      '2026-03-02T12:00:00Z',
      '2026-03-02T13:00:00Z',
    ],
    [
      'DTSTART;TZID=Europe/Berlin:20260328T120000 RRULE:FREQ=WEEKLY DURATION:P1D',
      '2026-03-28T11:00:00Z',
      '2026-03-29T10:00:00Z',
    ],
  ])('%s holds from %s until just before %s', (text, start, end) => {
    const times = [before(start), start, before(end), end];
    expect(times.map((time) => endAt(time, text))).toEqual(['none', end, end, 'none']);
  });

  const hour = '2026-03-02T12:00:00Z/2026-03-02T13:00:00Z';
  test.each([
    ['that overlap', [hour, '2026-03-02T11:00:00Z/2026-03-02T12:30:00Z'], '2026-03-02T13:00:00Z'],
    ['that touch', ['2026-03-02T12:30:00Z/PT1H', '2026-03-02T11:00:00Z/PT90M'], '2026-03-02T13:30:00Z'],
    ['of two kinds that touch', ['Mon 13:00 – Mon 14:00 UTC', hour], '2026-03-02T14:00:00Z'],
    ['of which one is over', ['2026-03-01/2026-03-02', hour], '2026-03-02T13:00:00Z'],
    ['of which one has yet to come', [hour, '2026-03-03/2026-03-04'], '2026-03-02T13:00:00Z'],
  ])('is one with others %s', (_what, texts, end) => {
    expect(endAt('2026-03-02T12:00:00Z', ...texts)).toBe(end);
  });

  test('that never leaves a gap has an end far away', () => {
    const always = ['Mon 08:00 – Mon 07:00 UTC', 'Mon 07:00 – Mon 08:00 UTC'];
    expect(Date.parse(endAt('2026-03-02T12:00:00Z', ...always))).toBeGreaterThan(Date.parse('2026-04-01'));
  });

  test.each([
    ['soon', "isn't a time window"],
    ['2026-12-20T00:00:00Z', ''],
    ['2026-12-20T00:00:00Z/', ''],
    ['2026-12-20/2026-12-21/2026-12-22', 'two parts'],
    ['christmas/new year', ''],
    ['2026-12-20T00:00:00/2027-01-04T08:00:00', ''],
    ['2026-02-20/2026-02-30', ''],
    ['2027-01-04T08:00:00Z/2026-12-20T00:00:00Z', 'ends before it starts'],
    ['2026-12-20/2026-12-20', ''],
    ['2026-12-20/P', ''],
    ['2026-12-20/PT', ''],
    ['P1D/P1D', ''],
    ['2026-12-20/P0D', ''],
    ['2026-12-20/-P1D', ''],
    ['2026-12-20/1D', ''],
    ['2026-12-20T00:00:00/P1D', ''],
    ['P1D', ''],
    ['2027-02-30T00:00:00Z/2027-03-05T00:00:00Z', ''],
    ['2027-02-29/P1M', ''],
    ['2027-13-01/P1D', ''],
    ['2027-01-01T25:00Z/P1D', ''],
    ['2027-01/P1M', ''],
    ['08:00Z/P1D', ''],
    ['2027-01-01T08:00:00+25:00/P1D', ''],
    ['Fry 16:00 – Mon 08:00 UTC', 'Fry'],
    ['Fri 25:00 – Mon 08:00 UTC', ''],
    ['Fri 16:00 – Mon 08:00', ''],
    ['Fri 16:00 – Mon 08:00 Europe/Berln', 'Europe/Berln'],
    ['Fri 16:00 – Fri 16:00 UTC', 'ends when it starts'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY', 'DTSTART, RRULE and DURATION'],
    ['RRULE:FREQ=DAILY DTSTART:20260101T000000Z DURATION:PT1H', 'in this order'],
    ['DTSTART:20260101T000000 RRULE:FREQ=DAILY DURATION:PT1H', 'a TZID or a Z'],
    ['DTSTART;TZID=Europe/Berln:20260101T000000 RRULE:FREQ=DAILY DURATION:PT1H', ''],
    ['DTSTART:20260101T000000Z RRULE:FREQ=HOURLY DURATION:PT1M', 'FREQ=HOURLY'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY;BYDAT=FR DURATION:PT1H', 'BYDAT=FR'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=WEEKLY;BYDAY=XX DURATION:PT1H', 'XX'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY DURATION:PT0S', 'never occurs'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY;UNTIL=20250101T000000Z DURATION:PT1H', ''],
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30 DURATION:P1D', 'No occurrence'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY;COUNT=1001 DURATION:PT1H', 'use UNTIL'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY;COUNT=-1 DURATION:PT1H', 'use UNTIL'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY DURATION:P1M', '32 of them overlap'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY DURATION:P100Y', 'No occurrence'],
  ])('may not be %s', (text, said) => {
    const { success, error } = timeWindow.safeParse(text);
    expect([success, error?.issues[0]?.message]).toEqual([false, expect.stringContaining(said)]);
  });
});
