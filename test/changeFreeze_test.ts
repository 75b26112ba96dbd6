import { askGuard, noon } from 'kiket-express/testing';
import { describe, expect, test } from 'vitest';
import { changeFreeze } from '../src/guards/changeFreeze.ts';
import { settingsWith } from './support.ts';

const after = (milliseconds: number) => new Date(noon.getTime() + milliseconds);

describe('changeFreeze', () => {
  const hour = '2026-03-02T12:00:00Z/2026-03-02T13:00:00Z';
  const denied = {
    status: 'deny',
    message: 'Changes are frozen until Mon 2 Mar 2026, 13:00 UTC. Move this issue to "done" after that.',
    metadata: { frozen_until: '2026-03-02T13:00:00Z', passes: 'after the freeze ends on Mon 2 Mar 2026, 13:00 UTC' },
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

  test('names the end of a weekly freeze in its zone and in UTC', async () => {
    const settings = settingsWith({ freeze_windows: `${hour}, Mon 09:00 – Tue 00:30 Europe/Berlin` });
    expect(await askGuard(changeFreeze, { settings })).toMatchObject({
      message:
        'Changes are frozen until Tue 3 Mar 2026, 00:30 Europe/Berlin (Mon 23:30 UTC). Move this issue to "done" after that.',
      metadata: { frozen_until: '2026-03-02T23:30:00Z' },
    });
  });

  test('takes an RFC 5545 rule, in quotes because it has a comma', async () => {
    const rule = 'DTSTART:20260101T120000Z RRULE:FREQ=WEEKLY;BYDAY=MO,TH DURATION:PT1H';
    expect(await askGuard(changeFreeze, { settings: settingsWith({ freeze_windows: `"${rule}"` }) })).toMatchObject(
      denied,
    );
  });

  test('allows where no freeze is set', async () => {
    expect(await askGuard(changeFreeze, { settings: settingsWith({ freeze_windows: '' }) })).toStrictEqual(allowed);
  });
});

test('each invalid freeze is reported', () => {
  const problems = /"soon" isn't a time window.*"later" isn't a time window/s;
  expect(() => settingsWith({ freeze_windows: 'soon,2026-03-01/2026-03-02,later' })).toThrow(problems);
});
