import { extension, list } from 'kiket-express';
// example: approvals or override
import { people } from 'kiket-express';
// end
// example: freeze
import { timeWindow } from 'kiket-express/schedule';
// end
import * as z from 'zod';
import { checksUrl } from './guards/statusApi.ts';

/**
 * The words in which guards, actions and listeners are written, with the types of the settings and secrets. Each setting has
 * the name that it has in the manifest's `configuration`.
 */
export const { guard, action, listener, define } = extension({
  settings: z.object({
    protected_statuses: list
      .refine((statuses) => statuses.length > 0, 'names no status, so nothing would be guarded.')
      .refine(
        (statuses) => !statuses.some((status) => /^(?:\*|all|any|every)$/i.test(status)),
        'no word stands for every status. Name each of them.',
      ),
    // example: fields
    required_fields: list,
    // end
    // example: freeze
    freeze_windows: list.pipe(z.array(timeWindow)),
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
  // example: checks
  secrets: ['CHECKS_API_TOKEN'],
  // end
});
