import { failure, success } from '../../kiket/decision.ts';
import type { IssueReference } from '../../kiket/delivery.ts';
import type { Action, Context } from '../../kiket/extension.ts';
import { isSamePerson } from '../../kiket/person.ts';
import type { WaitingMoves } from '../../store/store.ts';
import { countApprovals } from '../approvals.ts';
import { issueName } from '../issueName.ts';
import type { GuardianSettings } from '../settings.ts';

/** How far back a move may have been asked about to be one that waits, in milliseconds. */
const waitsMs = 24 * 60 * 60 * 1000;

/** Counts the person who triggers it as an approver of the issue. Doing it twice changes nothing. */
export const approveTransition: Action<GuardianSettings> = async ({ issue, actor }, { store, settings, now }) => {
  if (issue === undefined) return failure('Kiket did not say which issue this is about. Start it from an issue.');
  if (actor.length === 0) return failure("Kiket did not say who you are, so the approval would be nobody's.");
  if (await store.names.isAmbiguous(issue)) {
    return failure(
      `${issueName(issue)} could be either of two issues, so you approved neither. Start it from the issue.`,
    );
  }
  const given = await store.approvals.give(issue, actor, now);
  const waiting = await findWaiting(store, issue, now);
  // Whoever asked last is the one who waits. What has let a move to another status through is none for this one.
  const [move] = waiting.moves;
  const ready = given.filter(({ boundTo }) => boundTo === undefined || move === undefined || boundTo === move.to);
  const { counted, ignored } = countApprovals(ready, move?.mover);
  const needed = settings.required_approvals;
  const own = ignored.find(({ approver }) => isSamePerson(approver, actor));
  const sentences = [`You approved ${issueName(issue)}: ${counted.length} of ${needed} approvals given.`];
  if (own !== undefined) sentences.push(`Yours does not count yet: ${own.reason}.`);
  if (own === undefined) sentences.push(...hints(waiting));
  return success(sentences.join(' '), {
    approvals_given: counted.length,
    approvals_needed: needed,
  });
};

function findWaiting({ decisions }: Context['store'], issue: IssueReference, now: Date): Promise<WaitingMoves> {
  return decisions.waiting(issue, new Date(now.getTime() - waitsMs));
}

/** What may keep an approval from counting, as far as it can be known before the move. */
function hints({ moves, isUnclear }: WaitingMoves): string[] {
  if (moves.length > 0) return [];
  return isUnclear
    ? [
        'A move is waiting that may be of this issue, but Kiket names it differently there, so your approval may not count.',
      ]
    : [];
}
