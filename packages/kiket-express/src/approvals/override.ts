import { untilMomentLater } from '../deadline.ts';
import type { Transition } from '../delivery.ts';
import { allow, type Decision } from '../extension/decision.ts';
import type { Context, Extension, Settings } from '../extension/extension.ts';
import type { Approval, DecisionReason } from '../store/store.ts';
import { isAmong, nameOf } from './person.ts';

/** How long an override is valid, in milliseconds. */
export const overrideMs = 60 * 60 * 1000;

/**
 * The override that lets a move through, if its giver may still override. It belongs to this move once it's answered.
 * If overrides can't be looked up, there is none, whatever the failure policy.
 */
export async function findOverride<S extends Settings>(
  { issue, to, mover }: Transition,
  { store: { approvals, names }, now, log, signal, settings, beforeAllow }: Context<S>,
  overriddenBy: Extension<S>['overriddenBy'],
): Promise<Approval | undefined> {
  try {
    const mayOverride = ({ approver, namedAs }: Approval) =>
      overriddenBy === undefined || isAmong(overriddenBy(settings), approver, namedAs);
    const find = async () => {
      // First, because the mover's address may have been the giver's.
      await names.person(mover, now);
      return approvals.findOverride(issue, { to, now, forMs: overrideMs, mayOverride });
    };
    const found = await untilMomentLater(find(), signal);
    if (found !== undefined) beforeAllow(() => approvals.bind([found], to, now));
    return found;
  } catch (error) {
    log.error({ err: error }, 'overrides could not be looked up');
    return undefined;
  }
}

/** The answer in place of the guards that an override skips. It lists what they said. */
export function allowByOverride({ approver, reason, givenAt }: Approval, passed: readonly DecisionReason[]): Decision {
  const by = nameOf(approver);
  const override = { by, reason, given_at: givenAt.toISOString(), passed };
  return allow({ message: `Overridden by ${by}: ${reason}`, data: { override } });
}
