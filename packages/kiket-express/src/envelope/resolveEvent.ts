import { DeliveryError } from '../errors.ts';
import { actionPrefix, anyAction, canonicalEvent, isGuardEvent, isKnownEvent, saysBeforeTransition } from './events.ts';
import { asText } from '../text/values.ts';
import type { DeliveryHints } from './hints.ts';
import type { Envelope } from './schema.ts';

/**
 * Finds the event of a delivery. The signed body decides. The path and header can add what it doesn't say, but must not
 * contradict it. The body must not contradict itself either: one of Kiket's events excludes any other event or action.
 * Values next to an action are its parameters, unless they say that Kiket asks before a transition. Throws a
 * {@link DeliveryError} `event_mismatch` or `event_missing`.
 *
 * @param commandEvents maps the events of the manifest's commands to action keys
 */
export function resolveEvent(
  envelope: Envelope,
  hints: DeliveryHints,
  commandEvents: ReadonlyMap<string, string>,
): string {
  const canonical = (name: unknown) => {
    const named = asText(name);
    return named === undefined ? undefined : canonicalEvent(named, commandEvents);
  };
  // Header values in other characters arrive garbled.
  if (/[^\x20-\x7e\t]/.test(hints.headerEvent ?? '')) throw new DeliveryError('event_mismatch');
  const [inPath, inHeader] = [canonical(hints.pathEvent), canonical(hints.headerEvent)];

  const named = canonical(envelope.event);
  const actionKey = asText(envelope.action_key) ?? '';
  const isKeyed = named === undefined || isKikets(named) || saysBeforeTransition(actionKey);
  const byKey = actionKey !== '' && isKeyed ? actionPrefix + actionKey : undefined;
  // A command's parameters are next to it, so a `type` without a dot is one of them.
  const typeName = nameIn(envelope['type']);
  const type = typeName.includes('.') || saysBeforeTransition(typeName) ? canonical(typeName) : undefined;
  const eventType = canonical(envelope.event_type);
  // A webhook that Kiket forwards has its vendor's name there, and its event in the path.
  const isVendors = !isKikets(eventType) && inPath !== undefined && !isKikets(inPath);
  const inBody = named ?? byKey ?? type ?? (isVendors ? undefined : eventType);

  const isContradiction = isAction(inBody) ? saysBeforeTransition : isKnownOrGuard;
  const besides = [type, eventType].filter((name) => name !== undefined && isContradiction(name));
  let event: string | undefined;
  for (const name of [inBody, byKey, ...besides, inPath, inHeader]) {
    if (name === undefined || (name === anyAction && byKey !== undefined)) continue;
    event ??= name;
    if (name !== event) throw new DeliveryError('event_mismatch');
  }
  if (event === undefined) throw new DeliveryError('event_missing');
  return event;
}

/** A possible name. A command's parameter can be very long, and searching it for a name would delay everyone. */
function nameIn(value: unknown): string {
  const text = asText(value) ?? '';
  return text.length > 255 ? '' : text;
}

/** Whether it means something to Kiket, and isn't another vendor's name. */
function isKikets(event: string | undefined): boolean {
  return event !== undefined && (isAction(event) || isKnownOrGuard(event));
}

function isKnownOrGuard(event: string): boolean {
  return isKnownEvent(event) || isGuardEvent(event);
}

function isAction(event: string | undefined): boolean {
  return event === anyAction || event?.startsWith(actionPrefix) === true;
}

/** The event's version, which must be the extension's wherever it's given. */
export function resolveVersion(envelope: Envelope, hints: DeliveryHints, apiVersion: string): string {
  for (const version of [asText(envelope.event_version), asText(hints.version)]) {
    if (version === undefined || version === apiVersion || normalizeVersion(version) === apiVersion) continue;
    throw new DeliveryError('version_mismatch', { detail: `The extension's version is ${apiVersion}.` });
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
