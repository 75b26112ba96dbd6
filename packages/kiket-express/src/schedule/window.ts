import { Temporal } from 'temporal-polyfill';

/** A stretch of time, one-off or recurring. */
export interface TimeWindow {
  /** When it ends, if the moment is in it (start inclusive, end exclusive). */
  endAt: (moment: Temporal.Instant) => Temporal.ZonedDateTime | undefined;
}

/** How many consecutive windows are checked. */
const windowLimit = 10;

/** What was found last, from when it holds: while windows last, each delivery asks, and rules of time take long to follow. */
const found = new WeakMap<readonly TimeWindow[], { from: number; end: Temporal.ZonedDateTime }>();

/**
 * When the windows that contain `now` end; `undefined` if none contains it. Windows that touch or overlap count as one.
 * If they never leave a gap, this is the end of the last window checked.
 */
export function endOfWindows(windows: readonly TimeWindow[], now: Date): Temporal.ZonedDateTime | undefined {
  const from = now.getTime();
  const known = found.get(windows);
  if (known !== undefined && known.from <= from && from < known.end.epochMilliseconds) return known.end;
  const end = followWindows(windows, Temporal.Instant.fromEpochMilliseconds(from));
  if (end !== undefined) found.set(windows, { from, end });
  return end;
}

function followWindows(windows: readonly TimeWindow[], now: Temporal.Instant): Temporal.ZonedDateTime | undefined {
  let end: Temporal.ZonedDateTime | undefined;
  for (let count = 0; count < windowLimit; count += 1) {
    const moment = end?.toInstant() ?? now;
    const [latest] = windows
      .flatMap((window) => window.endAt(moment) ?? [])
      .toSorted((one, other) => Temporal.ZonedDateTime.compare(other, one));
    if (latest === undefined) return end;
    end = latest;
  }
  return end;
}
