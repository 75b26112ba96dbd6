import * as z from 'zod';
import { readFreezeWindow, type FreezeWindow } from './freezeWindow.ts';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const freezeWindow = z.string().transform((text, context): FreezeWindow => {
  const window = readFreezeWindow(text);
  if (window !== undefined) return window;
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
  checks_url: z
    .string()
    .refine(isChecksUrl, 'has to be an https URL with {issue} behind its host, and no user or password.'),
  required_approvals: z.int().min(0),
  failure_policy: z.enum(['deny', 'allow']),
});
export type GuardianSettings = z.infer<typeof settingsSchema>;

/** Where checks are asked: nowhere, or at an address to which a token may go. */
function isChecksUrl(text: string): boolean {
  if (text === '') return true;
  if (!URL.canParse(text) || !text.includes('{issue}')) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isLocal = protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  // Which host gets the token is never up to an issue.
  return (protocol === 'https:' || isLocal) && !hostname.includes('{') && username === '' && password === '';
}
