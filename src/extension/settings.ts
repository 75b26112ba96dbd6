import * as z from 'zod';
import { readTime } from '../kiket/signature.ts';

/** A time in which nothing enters a protected status: from `start` until just before `end`. */
export interface FreezeWindow {
  start: Date;
  end: Date;
}

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** A date, or a date and time with its zone. */
function readEnd(text: string): Date | undefined {
  if (z.iso.date().safeParse(text).success) return new Date(text);
  return /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? readTime(text) : undefined;
}

const freezeWindow = z.string().transform((text, context): FreezeWindow => {
  const [start, end, ...rest] = text.split('/').map((part) => readEnd(part.trim()));
  if (start !== undefined && end !== undefined && rest.length === 0 && start < end) return { start, end };
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no interval. Write <start>/<end> with a time zone, such as 2026-12-20T00:00:00Z/2027-01-04T08:00:00Z.`,
  });
  return z.NEVER;
});

/** The guardian's settings, from the manifest's `configuration`, under the names that they have there. */
export const settingsSchema = z.object({
  protected_statuses: list.refine((statuses) => statuses.length > 0, 'names no status, so nothing would be guarded.'),
  required_fields: list,
  freeze_windows: list.pipe(z.array(freezeWindow)),
  required_approvals: z.int().min(0),
  failure_policy: z.enum(['deny', 'allow']),
});
export type GuardianSettings = z.infer<typeof settingsSchema>;
