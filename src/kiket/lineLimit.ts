/** Whether to write a line now, and how many were left out since the last one. */
export type LineLimit = (now: Date) => { omitted: number | undefined } | undefined;

/** Keeps a flood of lines from filling the log: what is more than so many a second is counted and not written. */
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
