/** A line to write, and how many were omitted since the last one. */
export interface Line {
  omitted: number | undefined;
}

/** Whether to write a line now. */
export type LineLimit = (now: Date) => Line | undefined;

/** Keeps a flood of lines from filling the log: lines above a limit per second are counted but not written. */
export function limitLines(perSecond: number): LineLimit {
  let second = 0;
  let written = 0;
  let omitted = 0;
  return (now) => {
    const thisSecond = Math.floor(now.getTime() / 1000);
    if (thisSecond !== second) [second, written] = [thisSecond, 0];
    if (written >= perSecond) {
      omitted += 1;
      return undefined;
    }
    written += 1;
    const line = { omitted: omitted === 0 ? undefined : omitted };
    omitted = 0;
    return line;
  };
}

/** How long a delivery is remembered, in milliseconds. */
const rememberedMs = 60_000;

/** How many deliveries are remembered. One more, and all are forgotten. */
const rememberedMost = 10_000;

/** Keeps a repeated delivery from filling the log: lines above a limit per minute are counted but not written. */
export function limitRepeats(perMinute: number): (fingerprint: string) => Line | undefined {
  const seen = new Map<string, number>();
  let since = performance.now();
  let omitted = 0;
  return (fingerprint) => {
    const now = performance.now();
    if (now - since >= rememberedMs || seen.size >= rememberedMost) {
      seen.clear();
      since = now;
    }
    const count = (seen.get(fingerprint) ?? 0) + 1;
    seen.set(fingerprint, count);
    if (count > perMinute) {
      omitted += 1;
      return undefined;
    }
    const line = { omitted: omitted === 0 ? undefined : omitted };
    omitted = 0;
    return line;
  };
}
