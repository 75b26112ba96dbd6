import type { Envelope } from './envelope.ts';
import { DeliveryError } from './errors.ts';
import { actionPrefix, anyAction, canonicalEvent, isGuardEvent, isKnownEvent, saysBeforeTransition } from './events.ts';
import { text } from './text.ts';

/** What path and headers say about a delivery. They are not signed, so the body overrules or contradicts them. */
export interface DeliveryHints {
  pathEvent?: string | undefined;
  headerEvent?: string | undefined;
  version?: string | undefined;
  organization?: string | undefined;
  project?: string | undefined;
  deliveryId?: string | undefined;
  invocationId?: string | undefined;
}

/** What this extension adds to the reading of a body. */
export interface DeliveryDefaults {
  /** The manifest's `api_version`. */
  apiVersion: string;
  /** Command event → action key. */
  commandEvents: ReadonlyMap<string, string>;
  /** `KIKET_ORGANIZATION_ID`: whose a body is that names no organisation. */
  organization: string | undefined;
}

/**
 * The signed body decides. Path and header may fill in what it does not say, and must not contradict it. Nor may the body
 * itself: beside one event of Kiket's there is no other, and no action. What stands beside an action is its parameters,
 * unless it says that Kiket asks before a transition. Throws a {@link DeliveryError} `event_mismatch` or `event_missing`.
 */
export function resolveEvent(
  envelope: Envelope,
  hints: DeliveryHints,
  commandEvents: ReadonlyMap<string, string>,
): string {
  const canonical = (name: unknown) => {
    const named = text(name);
    return named === undefined ? undefined : canonicalEvent(named, commandEvents);
  };
  const named = canonical(envelope.event);
  const actionKey = text(envelope.action_key) ?? '';
  const isKeyed = named === undefined || isAction(named) || isKnownOrGuard(named) || saysBeforeTransition(actionKey);
  const byKey = actionKey !== '' && isKeyed ? actionPrefix + actionKey : undefined;
  const eventType = canonical(envelope.event_type);
  // A command's parameters stand beside it, so a `type` without a dot is one of them.
  const said = nameIn(envelope.type);
  const type = said.includes('.') || saysBeforeTransition(said) ? canonical(said) : undefined;
  const inBody = named ?? byKey ?? type ?? eventType;
  const isEvent = inBody !== undefined && isAction(inBody) ? saysBeforeTransition : isKnownOrGuard;
  const besides = [type, eventType].filter((name) => name !== undefined && isEvent(name));

  // What a header says in other characters arrives as something else.
  if (/[^\x20-\x7e\t]/.test(hints.headerEvent ?? '')) throw new DeliveryError('event_mismatch');
  let event: string | undefined;
  for (const name of [inBody, byKey, ...besides, canonical(hints.pathEvent), canonical(hints.headerEvent)]) {
    if (name === undefined || (name === anyAction && byKey !== undefined)) continue;
    event ??= name;
    if (name !== event) throw new DeliveryError('event_mismatch');
  }
  if (event === undefined) throw new DeliveryError('event_missing');
  return event;
}

/** The longest name of an event that is looked at, in characters. */
const longestName = 255;

/** What may be a name. A command's parameter may be a book, and looking for a name in it would hold everybody up. */
function nameIn(value: unknown): string {
  const said = text(value) ?? '';
  return said.length > longestName ? '' : said;
}

function isKnownOrGuard(event: string): boolean {
  return isKnownEvent(event) || isGuardEvent(event);
}

function isAction(event: string): boolean {
  return event === anyAction || event.startsWith(actionPrefix);
}

/** The version of the event, which has to be the extension's wherever it is named. */
export function resolveVersion(envelope: Envelope, hints: DeliveryHints, apiVersion: string): string {
  for (const version of [text(envelope.event_version), text(hints.version)]) {
    if (version === undefined || version === apiVersion || normalizeVersion(version) === apiVersion) continue;
    throw new DeliveryError('version_mismatch', { detail: `This extension speaks ${apiVersion}.` });
  }
  return apiVersion;
}

/** `1`, `1.0` and `v1` are one version. */
function normalizeVersion(version: string): string {
  return version
    .trim()
    .toLowerCase()
    .replace(/^v?(\d+)(?:\.0)*$/, 'v$1');
}
