import { Temporal } from 'temporal-polyfill';

/** A stretch of time, one-off or recurring. */
export interface TimeWindow {
  /** When it ends, if the moment is in it (start inclusive, end exclusive). */
  endAt: (moment: Temporal.Instant) => Temporal.ZonedDateTime | undefined;
}

/** How many consecutive windows are checked. */
const windowLimit = 10;

/**
 * When the windows that contain `now` end; `undefined` if none contains it. Windows that touch or overlap count as one.
 * If they never leave a gap, this is the end of the last window checked.
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
