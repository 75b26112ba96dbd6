import { normalizeText } from '../text/normalize.ts';

/** The one event that is a question: the answer decides whether the issue moves. */
export const guardEvent = 'workflow.before_transition';

/** What an action is called inside: `action:approve_transition`, whichever way it arrived. */
export const actionPrefix = 'action:';

/** Names under which Kiket's sources know the same event. `case.X` is `issue.X` besides. */
const synonyms: Readonly<Record<string, string>> = {
  before_transition: guardEvent,
  after_transition: 'workflow.after_transition',
  issue_created: 'issue.created',
  issue_updated: 'issue.updated',
  'issue.status_changed': 'issue.transitioned',
  'workflow.issue.transitioned': 'issue.transitioned',
  'comment.added': 'comment.created',
  'issue.commented': 'comment.created',
  'workflow.sla_breach': 'sla.breach',
  'workflow.approval.resolved': 'approval.decided',
};

const known = new Set([...Object.keys(synonyms), ...Object.values(synonyms)]);

/** Whether an event is one of Kiket's that have more than one name. Nothing else has an action, or another type beside it. */
export function isKnownEvent(name: string): boolean {
  return known.has(name);
}

/** What an action call may be called that does not say which action. */
export const anyAction = 'action';

/**
 * One name for each event.
 *
 * @param commandEvents maps the events of the manifest's commands to action keys
 */
export function canonicalEvent(name: string, commandEvents: ReadonlyMap<string, string>): string {
  const actionKey = commandEvents.get(name);
  if (actionKey !== undefined) return actionPrefix + actionKey;
  const called = name.startsWith('extension.') ? name.slice('extension.'.length) : name;
  if (called === anyAction || called.startsWith(`${anyAction}.`)) {
    const named = [...commandEvents.values()].find((key) => called === `${anyAction}.${key}`);
    if (named !== undefined) return actionPrefix + named;
    return saysBeforeTransition(called) ? name : anyAction;
  }
  const issueName = name.startsWith('case.') ? `issue.${name.slice('case.'.length)}` : name;
  return Object.hasOwn(synonyms, issueName) ? (synonyms[issueName] ?? issueName) : (moveNotice(name) ?? issueName);
}

/** The notice of a move that this is a spelling of: one that nobody takes for a notice leaves the move's approvals unspent. */
function moveNotice(name: string): string | undefined {
  const written = wordsOf(name).join('');
  if (/^(?:extension|workflow|issue|case)*after(?:workflow|issue|case)*transitions?$/.test(written)) {
    return 'workflow.after_transition';
  }
  return /^(?:extension|workflow|issue|case)*(?:transitioned|statuschanged|moved)$/.test(written)
    ? 'issue.transitioned'
    : undefined;
}

/**
 * Whether Kiket may wait for the answer to this event, so that an odd answer would let the issue move. However it is
 * spelled: refusing what is no question harms nobody. An action is called what its extension likes, and is none unless
 * that is a name of {@link guardEvent}.
 */
export function isGuardEvent(event: string): boolean {
  if (event === guardEvent) return true;
  const words = wordsOf(event);
  if (event.startsWith(actionPrefix)) return guardAction.test(words.join(''));
  return words.includes('before') || saysBeforeTransition(event);
}

const guardAction = /^action(?:workflow|issue|case)*before(?:workflow|issue|case)*transitions?$/;

/** Whether text is a spelling of `before…transition`: `beforeTransition`, `WORKFLOW.BEFORE-TRANSITION`, … */
export function saysBeforeTransition(name: string): boolean {
  const written = wordsOf(name).join('');
  // Not `/before.*transition/`, which takes the square of the time.
  const at = written.indexOf('before');
  return at !== -1 && written.includes('transition', at + 'before'.length);
}

/** `beforeTransition` and `BEFORE_TRANSITION` have the same words. */
function wordsOf(name: string): string[] {
  return normalizeText(name.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' '))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}
