import { reasonOf } from './api.js';
import { say } from './say.js';
import { change, statusName } from './state.js';
/** @import { ActionResult, Answer, Outcome, Reason } from './types.d.ts' */

/**
 * Does something and tells what came of it, also if the sandbox refuses.
 *
 * @param {string} title
 * @param {() => Promise<Answer>} work
 * @returns {Promise<Answer>} what was told
 */
export async function attempt(title, work) {
  change({ answer: { ...plain(title), status: 'asking' } });
  const answer = await work().catch((error) => ({ ...plain(title), message: reasonOf(error) }));
  tell(answer);
  return answer;
}

/**
 * Shows an answer, also to whoever has scrolled to somewhere else, and says it.
 *
 * @param {Answer} answer
 */
export function tell(answer) {
  change({ answer });
  queueMicrotask(() => document.querySelector('.answer')?.scrollIntoView({ block: 'nearest' }));
  const moved = answer.moves.map(({ title, status, message }) => `${title}: ${status}. ${message ?? ''}`);
  say([`${answer.title}: ${answer.status}. ${answer.message ?? ''}`, ...moved].join(' '));
}

/**
 * An answer to something that was not done.
 *
 * @param {string} title
 * @returns {Answer}
 */
export function plain(title) {
  return { title, status: 'refused', message: null, reasons: [], approvals: null, data: undefined, moves: [] };
}

/**
 * What came of a move.
 *
 * @param {string} title
 * @param {Pick<Outcome, 'status' | 'message' | 'metadata'>} outcome
 * @returns {Answer}
 */
export function describeMove(title, { status, message, metadata }) {
  const { reasons = [] } = /** @type {{ reasons?: Reason[] }} */ (metadata);
  return {
    ...plain(title),
    status,
    message,
    reasons,
    approvals: status === 'pending' ? missingApprovals(metadata) : null,
  };
}

/**
 * How many approvals a waiting move has and needs, if the guardian says so.
 *
 * @param {Readonly<Record<string, unknown>>} metadata
 */
export function missingApprovals({ approvals_given: given, approvals_needed: needed }) {
  if (typeof given !== 'number' || typeof needed !== 'number') return null;
  return `${given} of ${needed} approvals, ${needed - given} missing`;
}

/**
 * What came of an action, and of the moves that waited for it.
 *
 * @param {string} title
 * @param {ActionResult} result
 * @returns {Answer}
 */
export function describeAction(title, { http, answer, error, moves, refusal }) {
  const { status, message, data } = /** @type {{ status?: string, message?: string, data?: unknown }} */ (answer ?? {});
  const failed = `The extension could not be asked: ${error ?? `HTTP ${String(http)}`}`;
  const waited = moves.map((outcome) =>
    describeMove(`${outcome.issue.key} asks again to go to ${statusName(outcome.to)}`, outcome),
  );
  return {
    ...plain(title),
    status: status ?? 'error',
    message: [message ?? failed, refusal].filter((text) => text !== null).join(' '),
    data,
    moves: waited,
  };
}
