import * as z from 'zod';
import { readInterval } from './interval.ts';
import { readRecurrence } from './recurrence.ts';
import { readWeekly } from './weekly.ts';
import { list } from '../manifest/list.ts';
import type { TimeWindow } from './window.ts';

/**
 * Each throws an `Error` that says what's wrong. The first two return `undefined` for another notation, which the next
 * one reads.
 */
const readTimeWindow = (text: string): TimeWindow => readWeekly(text) ?? readRecurrence(text) ?? readInterval(text);

/** A setting that is one {@link TimeWindow}: an ISO 8601 interval, a weekly window, or an RFC 5545 rule. */
export const timeWindow = z.string().transform((text, context): TimeWindow => {
  try {
    return readTimeWindow(text.trim());
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.?$/, '.') : '';
    const advice =
      'Write 2026-12-20T00:00:00Z/2027-01-04T08:00:00Z, or Fri 16:00 – Mon 08:00 Europe/Berlin, or an RFC 5545 rule with a DURATION.';
    context.addIssue({ code: 'custom', message: `"${text}" isn't a time window. ${reason} ${advice}` });
    return z.NEVER;
  }
});

/** How many windows a setting may have: every move waits while they are looked at. */
const maxWindows = 20;

/** A setting that is a {@link list} of {@link timeWindow}. */
export const timeWindows = list
  .refine((texts) => texts.length <= maxWindows, `has more than ${maxWindows} windows. Put some into one rule.`)
  .pipe(z.array(timeWindow));
