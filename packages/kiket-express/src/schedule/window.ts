import { Temporal } from 'temporal-polyfill';

/** A stretch of time that comes once, or again and again. */
export interface TimeWindow {
  /** Until when it lasts, if the moment is in it: from its start until just before its end. */
  endAt: (moment: Temporal.Instant) => Temporal.ZonedDateTime | undefined;
}

/** How many windows in a row are looked at. */
const windowLimit = 10;

/**
 * When time leaves the windows that `now` is in; `undefined` if it is in none. Windows that touch or overlap are one. Where
 * they never leave a gap, this is the end of the last one that was looked at.
 */
export function endOfWindows(windows: readonly TimeWindow[], now: Date): Temporal.ZonedDateTime | undefined {
  let end: Temporal.ZonedDateTime | undefined;
  for (let count = 0; count < windowLimit; count += 1) {
    const moment = end?.toInstant() ?? Temporal.Instant.fromEpochMilliseconds(now.getTime());
    const [latest] = windows
      .flatMap((window) => window.endAt(moment) ?? [])
      .toSorted((one, other) => Temporal.ZonedDateTime.compare(other, one));
    if (latest === undefined) return end;
    end = latest;
  }
  return end;
}
