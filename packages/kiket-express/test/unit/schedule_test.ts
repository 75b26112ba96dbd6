import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { endOfWindows, timeWindow, timeWindows } from '../../src/schedule/index.ts';

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
    ['2026-12-20T22:00+01:00/PT36H30M', '2026-12-20T21:00:00Z', '2026-12-22T09:30:00Z'],
    ['2026-12-20t22:00:00z/p1d', '2026-12-20T22:00:00Z', '2026-12-21T22:00:00Z'],
    ['P1W/2027-01-04T08:00:00Z', '2026-12-28T08:00:00Z', '2027-01-04T08:00:00Z'],
    ['P1Y2DT3S / 2027-01-04', '2026-01-01T23:59:57Z', '2027-01-04T00:00:00Z'],
    ['P1M/2027-03-31T00:00:00Z', '2027-02-28T00:00:00Z', '2027-03-31T00:00:00Z'],
    ['P1M/2027-03-31T00:00:00+02:00', '2027-02-27T22:00:00Z', '2027-03-30T22:00:00Z'],
    ['2028-02-29/P1Y', '2028-02-29T00:00:00Z', '2029-02-28T00:00:00Z'],
    // In winter, in summer, and over both changes of the clocks.
    ['Fri 16:00 – Mon 08:00 Europe/Berlin', '2026-01-09T15:00:00Z', '2026-01-12T07:00:00Z'],
    ['Fri 16:00 – Mon 08:00 Europe/Berlin', '2026-07-03T14:00:00Z', '2026-07-06T06:00:00Z'],
    ['Fri 16:00 – Mon 08:00 Europe/Berlin', '2026-03-27T15:00:00Z', '2026-03-30T06:00:00Z'],
    ['Fri 16:00 to Mon 8:00 Europe/Berlin', '2026-01-09T15:00:00Z', '2026-01-12T07:00:00Z'],
    ['friday 16:00-monday 08:00 America/New_York', '2026-03-06T21:00:00Z', '2026-03-09T12:00:00Z'],
    ['Tue 22:00 – Wed 06:00 +05:30', '2026-03-03T16:30:00Z', '2026-03-04T00:30:00Z'],
    ['Mon 08:00 – Mon 07:00 UTC', '2026-03-02T08:00:00Z', '2026-03-09T07:00:00Z'],
    // 02:30 does not come on this day, and comes twice on the other.
    ['Sat 12:00 – Sun 02:30 Europe/Berlin', '2026-03-28T11:00:00Z', '2026-03-29T01:30:00Z'],
    ['Sat 12:00 – Sun 02:30 Europe/Berlin', '2026-10-24T10:00:00Z', '2026-10-25T01:30:00Z'],
    ['Sun 02:30 – Sun 12:00 Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T11:00:00Z'],
    ['Sun 02:30 – Sun 12:00 Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29T10:00:00Z'],
    ['Fri 00:00 – Sat 00:00 Africa/Cairo', '2026-04-23T21:00:00Z', '2026-04-24T21:00:00Z'],
    [
      'DTSTART;TZID=Europe/Berlin:20260130T160000 RRULE:FREQ=MONTHLY;BYDAY=-1FR DURATION:P2DT16H',
      '2026-03-27T15:00:00Z',
      '2026-03-30T06:00:00Z',
    ],
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY DURATION:P2D', '2027-01-01T00:00:00Z', '2027-01-03T00:00:00Z'],
    [
      'DTSTART:19000101T120000Z RRULE:FREQ=DAILY;UNTIL=20260302T120000Z DURATION:PT1H',
      '2026-03-02T12:00:00Z',
      '2026-03-02T13:00:00Z',
    ],
    [
      'DTSTART:20260130T160000Z RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1 DURATION:PT8H',
      '2026-02-27T16:00:00Z',
      '2026-02-28T00:00:00Z',
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
    ['of which one has yet to come', [hour, '2026-03-03/2026-03-04'], '2026-03-02T13:00:00Z'],
  ])('is one with others %s', (_what, texts, end) => {
    expect(endAt('2026-03-02T12:00:00Z', ...texts)).toBe(end);
  });

  test('that never leaves a gap has an end far away', () => {
    const always = ['Mon 08:00 – Mon 07:00 UTC', 'Mon 07:00 – Mon 08:00 UTC'];
    expect(Date.parse(endAt('2026-03-02T12:00:00Z', ...always))).toBeGreaterThan(Date.parse('2026-04-01'));
  });

  test.each([
    ['soon', `"soon" isn't a time window. It's neither a date nor a weekly time.`],
    [
      'Fri 4pm – Mon 8am Europe/Berlin',
      `Europe/Berlin" isn't a time window. It's neither a date nor a weekly time. Write`,
    ],
    ['2026-12-20/2026-12-21/2026-12-22', 'two parts'],
    ['2026-12-20T00:00:00/2027-01-04T08:00:00', ''],
    ['2026-02-20/2026-02-30', ''],
    ['2027-01-04T08:00:00Z/2026-12-20T00:00:00Z', 'ends before it starts'],
    ['2026-12-20/2026-12-20', ''],
    ['2026-12-20/P', ''],
    ['2026-12-20/P0D', ''],
    ['2026-12-20/-P1D', ''],
    ['2026-12-20T00:00:00/P1D', ''],
    ['P1D', ''],
    ['2027-02-30T00:00:00Z/2027-03-05T00:00:00Z', ''],
    ['2027-02-29/P1M', ''],
    ['2027-01/P1M', ''],
    ['2027-01-01T08:00:00+25:00/P1D', ''],
    ['Fry 16:00 – Mon 08:00 UTC', 'Fry'],
    ['M 16:00 – Fri 08:00 UTC', "M isn't a day"],
    ['Fri 25:00 – Mon 08:00 UTC', ''],
    ['Fri 16:00 – Mon 08:00', 'It has no time zone'],
    ['Fri 16:00 – Mon 08:00 Europe/Berln', 'Europe/Berln'],
    ['Fri 16:00 – Fri 16:00 UTC', 'ends when it starts'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY', 'DTSTART, RRULE and DURATION'],
    ['RRULE:FREQ=DAILY DTSTART:20260101T000000Z DURATION:PT1H', 'in this order'],
    ['DTSTART:20260101T000000 RRULE:FREQ=DAILY DURATION:PT1H', 'a TZID or a Z'],
    ['DTSTART;TZID=Europe/Berln:20260101T000000 RRULE:FREQ=DAILY DURATION:PT1H', ''],
    ['DTSTART:20260101T000000Z RRULE:FREQ=HOURLY DURATION:PT1M', 'FREQ=HOURLY'],
    // Every occurrence would be an hour late.
    ['DTSTART;TZID=Europe/Berlin:20260329T023000 RRULE:FREQ=DAILY DURATION:PT1H', 'skipped by a clock change'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY;BYDAT=FR DURATION:PT1H', 'BYDAT=FR'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=WEEKLY;BYDAY=XX DURATION:PT1H', 'XX'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY DURATION:PT0S', 'never occurs'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY;UNTIL=20250101T000000Z DURATION:PT1H', ''],
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30 DURATION:P1D', 'No occurrence'],
    // Each delivery would count from the start, for seconds, or in vain.
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY;COUNT=5 DURATION:PT1H', 'use UNTIL'],
    // The library takes the union where it should take what is in both, or finds a 60th Monday.
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY;BYWEEKNO=51;BYDAY=MO DURATION:P1D', "BYWEEKNO=51 isn't supported"],
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY;BYYEARDAY=80;BYDAY=FR DURATION:P1D', "BYYEARDAY=80 isn't supported"],
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY;BYDAY=2SA;BYMONTHDAY=31 DURATION:P1D', 'a number in BYDAY'],
    // It forgets those without.
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY;BYDAY=MO,-1FR DURATION:P1D', 'with and without numbers'],
    ['DTSTART:20260101T000000Z RRULE:BYDAY=-1FR,MO;FREQ=YEARLY DURATION:P1D', 'with and without numbers'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY;BYDAY=60MO DURATION:P1D', 'BYDAY=60MO'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2 DURATION:P1D', 'BYSETPOS is only'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY;BYMONTHDAY=24 DURATION:P1D', 'BYMONTHDAY is only'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=2;INTERVAL=1 DURATION:PT1H', 'INTERVAL is there twice'],
    [`DTSTART:20260101T000000Z RRULE:FREQ=MONTHLY;BYMONTHDAY=${'1,'.repeat(31)}1 DURATION:PT1H`, 'BYMONTHDAY=1,1'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=YEARLY;BYMONTH=13 DURATION:PT1H', "BYMONTH=13 isn't supported"],
    // Digits that can be split in many ways would take exponential time.
    ['DTSTART:20260101T000000Z RRULE:FREQ=MONTHLY;BYMONTHDAY=1111 DURATION:PT1H', "BYMONTHDAY=1111 isn't supported"],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY DURATION:P1M', '32 of them overlap'],
    ['DTSTART:20260101T000000Z RRULE:FREQ=DAILY DURATION:P100Y', 'No occurrence'],
  ])('may not be %s', (text, message) => {
    const { success, error } = timeWindow.safeParse(text);
    expect([success, error?.issues[0]?.message]).toEqual([false, expect.stringContaining(message)]);
  });
});

test.each([
  // In ten thousand years, or never.
  'FREQ=YEARLY;INTERVAL=9999;BYDAY=-5SU;BYMONTH=2,1',
  'FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8;BYSETPOS=9',
])('a rule that holds up nobody, wherever it is: %s', (rule) => {
  const begin = performance.now();
  const { data } = timeWindow.safeParse(`DTSTART;TZID=America/Halifax:20261231T000000 RRULE:${rule} DURATION:P1D`);
  expect(data?.endAt(Temporal.Instant.from('2026-12-31T12:00:00Z'))).toBeUndefined();
  expect(performance.now() - begin).toBeLessThan(1_000);
});

test('twenty windows are a setting, and one more is not', () => {
  const texts = Array.from({ length: 21 }, () => '2026-12-20/P1D');
  expect(timeWindows.parse(texts.slice(1).join(', '))).toHaveLength(20);
  expect(timeWindows.safeParse(texts.join(', ')).error?.issues[0]?.message).toContain('more than 20 windows');
});

test('windows are followed once while they last, and again before and after', () => {
  const [hour] = timeWindows.parse('2026-03-02T12:00:00Z/2026-03-02T13:00:00Z');
  let asked = 0;
  const windows = [
    {
      endAt: (moment: Temporal.Instant) => {
        asked += 1;
        return hour?.endAt(moment);
      },
    },
  ];
  const ends = ['12:30', '12:45', '12:15', '13:00', '12:59'].map((time) =>
    endOfWindows(windows, new Date(`2026-03-02T${time}:00Z`))
      ?.toInstant()
      .toString(),
  );
  const end = '2026-03-02T13:00:00Z';
  // To follow them takes two questions where they last, and one where they don't.
  expect([ends, asked]).toEqual([[end, end, end, undefined, end], 2 + 0 + 2 + 1 + 0]);
});
