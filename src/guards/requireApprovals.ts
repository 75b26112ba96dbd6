import { createHash } from 'node:crypto';
import { abstain, allow, type Context, type Decision, type Guard, nameOf, pending, type Transition } from 'kiket-express';
import { countApprovals } from '../approvals.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** A protected status needs approvals by people other than the one who moves the issue; until then the move waits. */
export const requireApprovals: Guard<GuardianSettings> = (transition, context) => {
  const { settings } = context;
  const isAsked = settings.required_approvals > 0 && entersProtectedStatus(transition, settings);
  return isAsked ? lookAtApprovals(transition, context) : abstain();
};

async function lookAtApprovals(
  transition: Transition,
  { settings, store }: Context<GuardianSettings>,
): Promise<Decision> {
  const needed = settings.required_approvals;
  const { issue, mover, to } = transition;
  const { counted, ignored } = countApprovals(await store.approvals.list(issue), mover);
  const given = counted.length;
  const data = { approval_id: approvalId(transition), approvals_given: given, approvals_needed: needed };
  if (given >= needed) return allow({ data });

  const missing = needed - given;
  const who = mover.length > 0 ? nameOf(mover) : 'the one who moves it';
  const sentences = [
    `Moving to "${to}" waits for ${missing} more approval${missing === 1 ? '' : 's'} by somebody other than ${who} (${given} of ${needed} given).`,
    ...ignored.map(({ approver, reason }) => `The approval by ${nameOf(approver)} does not count: ${reason}.`),
  ];
  return pending(sentences.join(' '), { data });
}

/** Names this wait: the same as long as Kiket names the issue and the status alike. */
function approvalId({ issue, to }: Transition): string {
  const { organization, projectId, projectKey, id, key } = issue;
  const place = JSON.stringify([organization, projectId ?? projectKey, id ?? key, to]);
  return `approval_${createHash('sha256').update(place).digest('hex').slice(0, 16)}`;
}
