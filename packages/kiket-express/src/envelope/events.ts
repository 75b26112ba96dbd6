import { normalizeText } from '../text/normalize.ts';

/** The one event that asks a question: the answer decides whether the issue moves. */
export const guardEvent = 'workflow.before_transition';

/** The internal name of an action, however it arrived: `action:approve_transition`. */
export const actionPrefix = 'action:';

/** Other names of events in Kiket's sources. `case.X` also means `issue.X`. */
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

/**
 * Whether this is one of Kiket's events with several names. No other event has an action or another type next to it.
 */
export function isKnownEvent(name: string): boolean {
  return known.has(name);
}

/** Names of an action call that don't say which action. */
export const anyAction = 'action';

/**
 * The canonical name of each event.
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
  return isKnownEvent(issueName) ? (synonyms[issueName] ?? issueName) : (noticeIn(name) ?? issueName);
}

/** The notice of a move or an update that this spells. If it isn't recognized, approvals stay that it should end. */
function noticeIn(name: string): string | undefined {
  const written = wordsOf(name).join('');
  if (/^(?:extension|workflow|issue|case)*after(?:workflow|issue|case)*transitions?$/.test(written)) {
    return 'workflow.after_transition';
  }
  if (/^(?:extension|workflow|issue|case)*(?:transitioned|statuschanged|moved)$/.test(written)) {
    return 'issue.transitioned';
  }
  return /^(?:extension|workflow)*(?:issue|case)+updated$/.test(written) ? 'issue.updated' : undefined;
}

/**
 * Whether Kiket may wait for the answer to this event, in any spelling, so that a wrong answer would let the issue
 * move. Refusing an event that isn't a question does no harm. Extensions name their actions freely, so an action only
 * counts if it has a name of {@link guardEvent}.
 */
export function isGuardEvent(event: string): boolean {
  if (event === guardEvent) return true;
  const words = wordsOf(event);
  if (event.startsWith(actionPrefix)) return guardAction.test(words.join(''));
  return /\bb ?e ?f ?o ?r ?e\b(?! hand)|before(?!hand(?:ed)?\b)/.test(words.join(' ')) || saysBeforeTransition(event);
}

const guardAction = /^action(?:workflow|issue|case)*before(?:workflow|issue|case)*transitions?$/;

/** Whether the text spells `before…transition`: `beforeTransition`, `WORKFLOW.BEFORE-TRANSITION`, … */
export function saysBeforeTransition(name: string): boolean {
  const written = wordsOf(name).join('');
  // Not `/before.*transition/`, which takes quadratic time.
  const at = written.indexOf('before');
  return at !== -1 && written.includes('transition', at + 'before'.length);
}

/** Where a word in camel case ends. */
const camelCase = /(?<=\p{Ll})(?=\p{Lu})/gu;

/** `beforeTransition` and `BEFORE_TRANSITION` have the same words. */
function wordsOf(name: string): string[] {
  return normalizeText(name.replaceAll(camelCase, ' '))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}
