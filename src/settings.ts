import { extension, includesStatus, list } from 'kiket-express';
// example: approvals or override
import { people } from 'kiket-express';
// end
// example: freeze
import { timeWindows } from 'kiket-express/schedule';
// end
import * as z from 'zod';
import { checksUrl } from './guards/statusApi.ts';
import { manifest } from './manifest.ts';

/** Words that people expect to mean every status, and what templates leave behind. */
const noStatuses = ['*', 'all', 'any', 'every', 'none', 'nil', 'null', 'undefined', 'true', 'false', '[object Object]'];

/** These define guards, actions and listeners. Each setting has its name in the manifest's `configuration`. */
export const { guard, action, listener, define } = extension({
  manifest,
  settings: z.object({
    protected_statuses: list
      .refine(({ length }) => length > 0 && length <= 50, 'must name at least one status, and at most 50.')
      .refine(
        (statuses) => !statuses.some((status) => includesStatus(noStatuses, status)),
        "can't be a word for every status or for none. List each one.",
      ),
    // example: fields
    required_fields: list,
    // end
    // example: freeze
    freeze_windows: timeWindows,
    // end
    // example: checks
    checks_url: checksUrl,
    // end
    // example: approvals
    required_approvals: z.int().min(0),
    approvers: people,
    allow_self_approval: z.boolean(),
    approval_expiry_hours: z.int().min(0),
    approval_fields: list,
    // end
    // example: override
    override_users: people,
    // end
    failure_policy: z.enum(['deny', 'allow']),
  }),
});
