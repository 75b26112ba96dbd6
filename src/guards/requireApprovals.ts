import { createHash } from 'node:crypto';
import { abstain, allow, type Context, type Decision, type Guard, nameOf, pending, type Transition } from 'kiket-express';
import { countApprovals } from '../approvals.ts';
import { issueName } from '../issueName.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** A protected status needs approvals by people other than the one who moves the issue; until then the move waits. */
export const requireApprovals: Guard<GuardianSettings> = (transition, context) => {
  const { settings } = context;
  const isAsked = settings.required_approvals > 0 && entersProtectedStatus(transition, settings);
  return isAsked ? lookAtApprovals(transition, context) : abstain();
};

/** Of several moves at once an approval lets one through: the one to the status that it was first counted for. */
async function lookAtApprovals(
  transition: Transition,
  { settings, store, now, beforeAllow }: Context<GuardianSettings>,
): Promise<Decision> {
  const needed = settings.required_approvals;
  const { issue, to } = transition;
  const open = await store.approvals.list(issue, now);
  const mover = await store.names.person(transition.mover, now);
  const isElsewhere = ({ boundTo }: { boundTo: string | undefined }) => boundTo !== undefined && boundTo !== to;
  // Those that were counted for this move before go first, so that asking again needs no others.
  const ready = open.filter((approval) => !isElsewhere(approval)).toSorted((one, other) => rank(one) - rank(other));
  const { counted, ignored } = countApprovals(ready, mover);
  const given = counted.length;
  const data = { approval_id: approvalId(transition), approvals_given: given, approvals_needed: needed };
  if (given >= needed) {
    const ids = counted.slice(0, needed).map(({ id }) => id);
    beforeAllow(() => store.approvals.bind(ids, to, now));
    return allow({ data });
  }

  const missing = needed - given;
  const who = mover.length > 0 ? nameOf(mover) : 'the one who moves it';
  const sentences = [
    `Moving to "${to}" waits for ${missing} more approval${missing === 1 ? '' : 's'} by somebody other than ${who} (${given} of ${needed} given).`,
    ...ignored.map(({ approver, reason }) => `The approval by ${nameOf(approver)} does not count: ${reason}.`),
    ...open
      .filter(isElsewhere)
      .map(
        ({ approver, boundTo }) =>
          `The approval by ${nameOf(approver)} does not count: it has let a move to "${boundTo}" through.`,
      ),
  ];
  if (await store.names.isAmbiguous(issue)) {
    sentences.push(`No approval counts here: ${issueName(issue)} could be either of two issues.`);
  }
  return pending(sentences.join(' '), { data });
}

function rank({ boundTo }: { boundTo: string | undefined }): number {
  return boundTo === undefined ? 1 : 0;
}

/** Names this wait: the same as long as Kiket names the issue and the status alike. */
function approvalId({ issue, to }: Transition): string {
  const { organization, projectId, projectKey, id, key } = issue;
  const place = JSON.stringify([organization, projectId ?? projectKey, id ?? key, to]);
  return `approval_${createHash('sha256').update(place).digest('hex').slice(0, 16)}`;
}
