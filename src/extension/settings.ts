import * as z from 'zod';

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

const isoTime = z.union([z.iso.datetime({ offset: true }), z.iso.date()]).transform((text) => new Date(text));

const freezeWindow = z.string().transform((text, context): FreezeWindow => {
  const [start, end, ...rest] = text.split('/').map((part) => isoTime.safeParse(part.trim()));
  if (start?.success && end?.success && rest.length === 0 && start.data < end.data) {
    return { start: start.data, end: end.data };
  }
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
