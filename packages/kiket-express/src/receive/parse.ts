import { hash } from 'node:crypto';
import { isOrganizationId, unknownOrganization, type Delivery } from '../delivery.ts';
import { DeliveryError } from '../errors.ts';
import { actionPrefix } from '../envelope/events.ts';
import { readableSecrets } from '../extension/secrets.ts';
import type { WebhookPayload } from '../schemas.ts';
import { asText, contradict, firstText, hasMoreParts, idText, isObject, isPresent } from '../text/values.ts';
import { check, envelopeSchema, fitting, idValue } from '../envelope/schema.ts';
import type { DeliveryHints } from '../envelope/hints.ts';
import { resolveEvent, resolveVersion } from '../envelope/resolveEvent.ts';
import { formOfAction, readFacts, type Facts } from '../envelope/facts.ts';

/** What parsing needs to know about this extension. */
export interface DeliveryDefaults {
  /** The manifest's `api_version`. */
  apiVersion: string;
  /** Command event → action key. */
  commandEvents: ReadonlyMap<string, string>;
  /** Events of the setup wizard's tests. */
  setupEvents?: ReadonlySet<string>;
  /** `KIKET_ORGANIZATION_ID`: the organization of bodies that don't name one. */
  organization: string | undefined;
}

/** Parses verified bytes into a delivery, or throws a {@link DeliveryError} that says what's wrong with them. */
export function parseDelivery(body: Buffer, hints: DeliveryHints, defaults: DeliveryDefaults): Delivery {
  const payload = parseJsonObject(body);
  const envelope = check(envelopeSchema, payload);
  const event = resolveEvent(envelope, hints, defaults.commandEvents);
  const actionKey = event.startsWith(actionPrefix) ? event.slice(actionPrefix.length) : undefined;
  const signedId = actionKey === undefined ? asText(fitting(idValue, envelope['id'])) : undefined;
  const form = actionKey === undefined ? 'event' : formOfAction(envelope, hints, defaults.commandEvents);
  const facts = readFacts(envelope, form, defaults.setupEvents);
  requireOneTenant(facts, hints);
  const { organizationId, workspace, projectId, projectKey, from, to, mover, actor, occurredAt, freshness } = facts;
  // An id takes precedence over a subdomain, and neither can be mistaken for the other.
  const subdomain = facts.subdomain === undefined ? undefined : `subdomain:${facts.subdomain.toLowerCase()}`;
  const assumed = defaults.organization ?? (workspace === undefined ? unknownOrganization : `workspace:${workspace}`);
  const organization = organizationId ?? subdomain ?? assumed;
  const issue = facts.issue && { organization, subdomain, projectId, projectKey, ...facts.issue };
  const { authentication, secrets, secret_status: secretStatus } = envelope;
  return {
    id: signedId ?? firstText(hints.deliveryId, hints.invocationId) ?? `sha256:${hash('sha256', body).slice(0, 16)}`,
    signedId,
    event,
    eventVersion: resolveVersion(envelope, hints, defaults.apiVersion),
    actionKey,
    organization,
    subdomain,
    projectId,
    projectKey,
    isOrganizationAssumed: (organizationId ?? subdomain) === undefined,
    issue,
    transition: issue === undefined || to === undefined ? undefined : { issue, from, to, mover },
    occurredAt,
    actor,
    freshness,
    auth: {
      runtimeToken: authentication?.runtime_token ?? '',
      tokenType: authentication?.token_type ?? 'runtime',
      expiresAt: asText(authentication?.expires_at) ?? null,
      scopes: authentication?.scopes ?? [],
    },
    secrets: secrets ? readableSecrets(secrets) : {},
    missingSecrets: secretStatus?.missing ?? [],
    // For a command, these would be parameters, which are user input.
    settings: form === 'command' ? [] : [envelope['settings'], envelope['configuration']].filter(isPresent),
    payload,
  };
}

/** How many lists and objects a body can have, because freezing more takes too long. Real ones have fewer. */
const maxParts = 30_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJsonObject(body: Buffer): WebhookPayload {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch (error) {
    throw new DeliveryError('json_invalid', { cause: error });
  }
  if (!isObject(value)) throw new DeliveryError('json_invalid');
  // Each has two brackets.
  if (body.length > 2 * maxParts && hasMoreParts(value, maxParts)) {
    throw new DeliveryError('delivery_invalid', { detail: `It has more than ${maxParts} lists and objects.` });
  }
  return value;
}

/** A delivery belongs to one tenant: headers must agree, and no id can pass for another kind of name. */
function requireOneTenant({ organizationId, projectId, projectKey }: Facts, hints: DeliveryHints): void {
  if (organizationId !== undefined && !isOrganizationId(organizationId)) {
    throw new DeliveryError('delivery_invalid', { detail: `"${organizationId}" is not a valid organization id.` });
  }
  const [organization, project] = [idText(hints.organization), idText(hints.project)];
  const isOther = contradict(organizationId, organization) || contradict(projectId, project);
  if (isOther || contradict(projectKey, project)) throw new DeliveryError('tenant_mismatch');
}
