import { askGuard, noon } from 'kiket-express/testing';
import { describe, expect, test } from 'vitest';
import { changeFreeze } from '../src/guards/changeFreeze.ts';
import { readFreezeWindow } from '../src/guards/freezeWindow.ts';
import { settingsWith } from './support.ts';

const after = (milliseconds: number) => new Date(noon.getTime() + milliseconds);

describe('changeFreeze', () => {
  const hour = '2026-03-02T12:00:00Z/2026-03-02T13:00:00Z';
  const denied = {
    status: 'deny',
    message: 'Changes are frozen until 2026-03-02T13:00:00.000Z. Move this issue to "done" after that.',
    metadata: { frozen_until: '2026-03-02T13:00:00.000Z' },
  };
  const allowed = { status: 'allow', metadata: {} };

  test.each([
    ['before a freeze', -1, allowed],
    ['when it begins', 0, denied],
    ['just before it ends', 3_599_999, denied],
    ['when it ends', 3_600_000, allowed],
  ])('%s', async (_when, milliseconds, decision) => {
    const settings = settingsWith({ freeze_windows: hour });
    expect(await askGuard(changeFreeze, { settings, now: after(milliseconds) })).toStrictEqual(decision);
  });

  test.each([
    ['that overlap', `${hour}, 2026-03-02T11:00:00Z/2026-03-02T12:30:00Z`],
    ['that overlap, whichever comes first', `2026-03-02T11:00:00Z/2026-03-02T12:30:00Z, ${hour}`],
    ['that touch', '2026-03-02T12:30:00Z/2026-03-02T13:00:00Z, 2026-03-02T11:00:00Z/2026-03-02T12:30:00Z'],
    ['of which one is over', `2026-03-01/2026-03-02, ${hour}`],
    ['of which one has yet to come', `${hour}, 2026-03-03/2026-03-04`],
  ])('takes freezes %s for one', async (_what, windows) => {
    expect(await askGuard(changeFreeze, { settings: settingsWith({ freeze_windows: windows }) })).toStrictEqual(denied);
  });

  test('allows where no freeze is set', async () => {
    expect(await askGuard(changeFreeze, { settings: settingsWith({ freeze_windows: '' }) })).toStrictEqual(allowed);
  });
});

test.each([
  ['2026-12-20T00:00:00Z/2027-01-04T08:00:00Z', '2026-12-20T00:00:00.000Z', '2027-01-04T08:00:00.000Z'],
  ['2026-12-20T01:00:00+01:00 / 2027-01-04T03:00:00-05:00', '2026-12-20T00:00:00.000Z', '2027-01-04T08:00:00.000Z'],
  ['2026-12-20/2027-01-04T08:00:00Z', '2026-12-20T00:00:00.000Z', '2027-01-04T08:00:00.000Z'],
  ['2026-12-20T00:00:00Z/P14D', '2026-12-20T00:00:00.000Z', '2027-01-03T00:00:00.000Z'],
  ['2026-12-20/P1M', '2026-12-20T00:00:00.000Z', '2027-01-20T00:00:00.000Z'],
  ['2026-12-20T22:00+01:00/PT36H30M', '2026-12-20T21:00:00.000Z', '2026-12-22T09:30:00.000Z'],
  ['2026-12-20T22:00-0500/PT1.5H', '2026-12-21T03:00:00.000Z', '2026-12-21T04:30:00.000Z'],
  ['2026-12-20t22:00:00z/p1d', '2026-12-20T22:00:00.000Z', '2026-12-21T22:00:00.000Z'],
  ['P1W/2027-01-04T08:00:00Z', '2026-12-28T08:00:00.000Z', '2027-01-04T08:00:00.000Z'],
  ['P1Y2DT3S / 2027-01-04', '2026-01-01T23:59:57.000Z', '2027-01-04T00:00:00.000Z'],
  ['P1M/2027-03-31T00:00:00Z', '2027-02-28T00:00:00.000Z', '2027-03-31T00:00:00.000Z'],
  ['P1M/2028-03-31T00:00:00Z', '2028-02-29T00:00:00.000Z', '2028-03-31T00:00:00.000Z'],
  ['P1M/2027-03-31T00:00:00+02:00', '2027-02-27T22:00:00.000Z', '2027-03-30T22:00:00.000Z'],
  ['2027-01-31/P1M', '2027-01-31T00:00:00.000Z', '2027-02-28T00:00:00.000Z'],
  ['2027-08-31T12:00:00Z/P1M', '2027-08-31T12:00:00.000Z', '2027-09-30T12:00:00.000Z'],
  ['2028-02-29/P1Y', '2028-02-29T00:00:00.000Z', '2029-02-28T00:00:00.000Z'],
  ['P1Y/2028-02-29', '2027-02-28T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
])('a freeze may be %s', (text, start, end) => {
  const window = readFreezeWindow(text);
  expect([window.start, window.end].map((time) => new Date(time).toISOString())).toEqual([start, end]);
});

const notFreezes = [
  '2026-12-20T00:00:00Z',
  '2026-12-20T00:00:00Z/',
  '2026-12-20/2026-12-21/2026-12-22',
  'christmas/new year',
  '2026-12-20T00:00:00/2027-01-04T08:00:00',
  '2026-02-20/2026-02-30',
  '2027-01-04T08:00:00Z/2026-12-20T00:00:00Z',
  '2026-12-20/2026-12-20',
  '2026-12-20/P',
  '2026-12-20/PT',
  'P1D/P1D',
  '2026-12-20/P0D',
  '2026-12-20/-P1D',
  '2026-12-20/1D',
  '2026-12-20T00:00:00/P1D',
  'P1D',
  '2027-02-30T00:00:00Z/2027-03-05T00:00:00Z',
  '2027-02-20T00:00:00Z/2027-02-29T00:00:00Z',
  '2027-02-29/P1M',
  'P1M/2027-04-31',
  '2027-06-31T08:00:00+02:00/P1D',
  '2027-13-01/P1D',
  '2027-01-00/P1D',
  '2027-01-01T25:00Z/P1D',
  '2027-01/P1M',
  '08:00Z/P1D',
  '2027-01-01T08:00:00+25:00/P1D',
];

test.each(notFreezes)('a freeze may not be %s', (text) => {
  expect(() => settingsWith({ freeze_windows: text })).toThrow(`"${text}" is not an interval`);
});

test('each freeze that is wrong is told', () => {
  const problems = /"soon" is not an interval.*"later" is not an interval/s;
  expect(() => settingsWith({ freeze_windows: 'soon,2026-03-01/2026-03-02,later' })).toThrow(problems);
});
