import * as z from 'zod';
import { list } from 'kiket-express';
import { readFreezeWindow, type FreezeWindow } from './freezeWindow.ts';

const freezeWindow = z.string().transform((text, context): FreezeWindow => {
  try {
    return readFreezeWindow(text);
  } catch {
    const message = `"${text}" is no interval. Write <start>/<end> with a time zone and days that exist, such as 2026-12-20T00:00:00Z/2027-01-04T08:00:00Z.`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
});

/** The guardian's settings, from the manifest's `configuration`, under the names that they have there. */
export const settingsSchema = z.object({
  protected_statuses: list.refine((statuses) => statuses.length > 0, 'names no status, so nothing would be guarded.'),
  required_fields: list,
  freeze_windows: list.pipe(z.array(freezeWindow)),
  checks_url: z
    .string()
    .refine(isChecksUrl, 'has to be an https URL with {issue} in its path or query, and no user or password.'),
  required_approvals: z.int().min(0),
  failure_policy: z.enum(['deny', 'allow']),
});
export type GuardianSettings = z.infer<typeof settingsSchema>;

/** Where checks are asked: nowhere, or at an address to which a token may go. */
function isChecksUrl(text: string): boolean {
  if (text === '') return true;
  // What is behind # is never sent, so every issue would be asked about in the same words.
  if (!URL.canParse(text) || !text.replace(/#.*/s, '').includes('{issue}')) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isLocal = protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  // Which host gets the token is never up to an issue.
  return (protocol === 'https:' || isLocal) && !hostname.includes('{') && username === '' && password === '';
}
