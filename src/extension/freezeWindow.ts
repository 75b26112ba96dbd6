import * as z from 'zod';
import { readTime } from '../kiket/signature.ts';

/** A time in which nothing enters a protected status: from `start` until just before `end`. */
export interface FreezeWindow {
  start: Date;
  end: Date;
}

/**
 * Reads an ISO 8601 interval: `<start>/<end>`, `<start>/<duration>` or `<duration>/<end>`. Times have a zone; a date
 * begins at midnight UTC. `undefined` if the text is none, or if it ends before it begins.
 */
export function readFreezeWindow(text: string): FreezeWindow | undefined {
  const [first = '', second = '', ...rest] = text.split('/').map((part) => part.trim());
  if (rest.length > 0) return undefined;
  const start = readMoment(first) ?? shift(readMoment(second), first, -1);
  const end = readMoment(second) ?? shift(readMoment(first), second, 1);
  return start !== undefined && end !== undefined && start < end ? { start, end } : undefined;
}

/** A date, or a date and time with its zone. */
function readMoment(text: string): Date | undefined {
  if (z.iso.date().safeParse(text).success) return new Date(text);
  return /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? readTime(text) : undefined;
}

/** Moves a time by a duration such as `P1M`, `P3D` or `PT36H`, in UTC. */
function shift(moment: Date | undefined, duration: string, direction: 1 | -1): Date | undefined {
  const match = /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(
    duration,
  );
  if (moment === undefined || match === null) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = match
    .slice(1)
    .map((count: string | undefined) => direction * Number(count ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const shifted = new Date(moment);
  shifted.setUTCMonth(shifted.getUTCMonth() + years * 12 + months);
  shifted.setUTCDate(shifted.getUTCDate() + weeks * 7 + days);
  shifted.setTime(shifted.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000);
  return Number.isNaN(shifted.getTime()) ? undefined : shifted;
}
