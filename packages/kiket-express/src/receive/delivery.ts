import { hash } from 'node:crypto';
import type * as z from 'zod';
import { contradict, idText, readIssueNames, type IssueNames } from './agreement.ts';
import { DeliveryError } from './errors.ts';
import { resolveEvent, resolveVersion, type DeliveryDefaults, type DeliveryHints } from './eventName.ts';
import { actionPrefix } from './events.ts';
import { envelopeSchema, type Envelope, type issueSchema } from './envelope.ts';
import { parseWith, readFacts, type BodyForm, type Facts } from './facts.ts';
import type { Person } from '../approvals/person.ts';
import { readableSecrets } from '../extension/secrets.ts';
import type { AuthenticationContext, WebhookPayload } from '../schemas.ts';
import type { FreshnessProof } from './signature.ts';
import { first, text } from './text.ts';

/** Where an issue is. Id and key are two names for one thing; a body may bring either or both. */
export interface IssueReference {
  /** The organisation's id; where the body has none: `subdomain:acme`, `workspace:wsp_1` or {@link unknownOrganization}. */
  readonly organization: string;
  /** Beside the organisation's id: its other name, as `subdomain:acme`. */
  readonly subdomain?: string | undefined;
  readonly projectId: string | undefined;
  readonly projectKey: string | undefined;
  readonly id: string | undefined;
  readonly key: string | undefined;
}

/** What to call an issue in a sentence: its key, or its id. */
export function issueName({ key, id }: Pick<IssueReference, 'id' | 'key'>): string {
  return key ?? (id === undefined ? 'the issue' : `issue ${id}`);
}

/** An issue as a delivery describes it. `fields` is all that Kiket sent about it, by Kiket's own field names. */
export interface Issue extends IssueReference {
  readonly title: string | undefined;
  readonly status: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The move that a guard is asked about. */
export interface Transition {
  readonly issue: Issue;
  readonly from: string | undefined;
  readonly to: string;
  /** Who wants to move the issue. Empty if the body does not say. */
  readonly mover: Person;
}

/** One signed POST from Kiket, whichever envelope it came in. */
export interface Delivery {
  /** For logs and for people. Whether a delivery was seen before is decided by dedupe.ts. */
  id: string;
  /** The id that the signed body gives this delivery. Not for actions: there `id` may be a parameter. */
  signedId: string | undefined;
  /** The event's canonical name; `action:<key>` for an action. */
  event: string;
  /** `v1`, `v2`, … */
  eventVersion: string;
  /** Key of the action to run, if this is one. */
  actionKey: string | undefined;
  occurredAt: Date | undefined;
  /** As in {@link IssueReference}. */
  organization: string;
  subdomain: string | undefined;
  /** Whether the body names no organisation, so that this is `KIKET_ORGANIZATION_ID` or unknown. */
  isOrganizationAssumed: boolean;
  projectId: string | undefined;
  projectKey: string | undefined;
  /** Only if the body gives its id or key: other fields do not say which issue it is. */
  issue: Issue | undefined;
  transition: Transition | undefined;
  /** Who did it: for an action whoever triggered it, else whoever moved the issue. Empty if the body does not say. */
  actor: Person;
  auth: AuthenticationContext;
  /** The installation's secrets, by key. Masked values are left out. */
  secrets: Readonly<Record<string, string>>;
  missingSecrets: readonly string[];
  freshness: FreshnessProof;
  /** The body as it was sent. */
  payload: WebhookPayload;
}

/** Stands for "the body does not say". It matches itself and never an organisation that has a name. */
export const unknownOrganization = 'unknown';

/** Parses verified bytes into a delivery, or throws a {@link DeliveryError} that says what is not right about them. */
export function parseDelivery(body: Buffer, hints: DeliveryHints, defaults: DeliveryDefaults): Delivery {
  const payload = parseJsonObject(body);
  const envelope = parseWith(envelopeSchema, payload);
  const event = resolveEvent(envelope, hints, defaults.commandEvents);
  const actionKey = event.startsWith(actionPrefix) ? event.slice(actionPrefix.length) : undefined;
  const signedId = actionKey === undefined ? readId(envelope.id) : undefined;
  const facts = readFacts(envelope, formOf(envelope, actionKey, { hints, defaults }));
  requireOneTenant(facts, hints);
  const { projectId, projectKey, issueFields, from, to, mover, actor, occurredAt, freshness } = facts;
  const named = organizationNames(facts);
  const workspace = facts.workspace === undefined ? undefined : `workspace:${facts.workspace}`;
  const organization = named.organization ?? defaults.organization ?? workspace ?? unknownOrganization;
  const { subdomain } = named;
  const issue = issueFields && describeIssue(issueFields, { organization, subdomain, projectId, projectKey });
  return {
    id: signedId ?? text(hints.deliveryId) ?? text(hints.invocationId) ?? `sha256:${hash('sha256', body).slice(0, 16)}`,
    signedId,
    event,
    eventVersion: resolveVersion(envelope, hints, defaults.apiVersion),
    actionKey,
    organization,
    subdomain,
    isOrganizationAssumed: named.organization === undefined,
    projectId,
    projectKey,
    issue,
    transition: issue === undefined || to === undefined ? undefined : { issue, from, to, mover },
    occurredAt,
    actor,
    freshness,
    auth: readAuthentication(envelope),
    secrets: envelope.secrets ? readableSecrets(envelope.secrets) : {},
    missingSecrets: envelope.secret_status?.missing ?? [],
    payload,
  };
}

/**
 * The signed id, with what the body says about issue, move and time: all of it stays the same when Kiket delivers again
 * with a new token, and two deliveries that only share an id differ in it. `undefined` without an id, or if the id is
 * the issue's or the project's own, which many deliveries bring.
 */
export function nameOfDelivery(delivery: Delivery): readonly unknown[] | undefined {
  const { signedId, issue, transition, projectId, projectKey, payload } = delivery;
  if (signedId === undefined || [issue?.id, issue?.key, projectId, projectKey].includes(signedId)) return undefined;
  const { occurred_at: occurredAt, createdAt } = payload;
  return [signedId, issue?.id, issue?.key, transition?.from, transition?.to, occurredAt, createdAt];
}

/** A body that names a command has its parameters at top level, also one that is called `action_key`. */
function formOf(
  envelope: Envelope,
  actionKey: string | undefined,
  { hints, defaults: { commandEvents } }: { hints: DeliveryHints; defaults: DeliveryDefaults },
): BodyForm {
  if (actionKey === undefined) return 'event';
  const events = [envelope.event, envelope.event_type, envelope.type, hints.pathEvent, hints.headerEvent];
  const isCommand =
    text(envelope.action_key) === undefined || events.some((name) => commandEvents.has(text(name) ?? ''));
  return isCommand ? 'command' : 'action';
}

/** An id goes before a subdomain, and neither can be taken for the other. */
function organizationNames({ organizationId, subdomain }: Pick<Facts, 'organizationId' | 'subdomain'>) {
  const alias = subdomain === undefined ? undefined : `subdomain:${subdomain.toLowerCase()}`;
  return { organization: organizationId ?? alias, subdomain: alias };
}

/** An id that tells deliveries apart: short, exact if it is a number, and fit for every database. */
function readId(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  const id = text(value);
  return id === undefined || id.length > 255 || id.includes('\0') ? undefined : id;
}

function parseJsonObject(body: Buffer): WebhookPayload {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch (error) {
    throw new DeliveryError('json_invalid', { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DeliveryError('json_invalid');
  return value as WebhookPayload;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function describeIssue(
  fields: z.infer<typeof issueSchema>,
  place: Omit<IssueReference, keyof IssueNames>,
): Issue | undefined {
  const { id, key } = readIssueNames(fields);
  if (id === undefined && key === undefined) return undefined;
  return {
    ...place,
    id,
    key,
    title: text(fields.title),
    status: first(fields.status, fields.currentStateKey),
    fields: withoutPrototype(fields),
  };
}

/** JSON may have a field called `__proto__`, which is an order to whoever copies it with `Object.assign`. */
function withoutPrototype(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(fields, '__proto__')) return fields;
  const { ['__proto__']: _order, ...rest } = fields;
  return rest;
}

/** A delivery is one tenant's: what the headers add must agree, and no id may pass for a name of another kind. */
function requireOneTenant(
  { organizationId, projectId, projectKey }: Pick<Facts, 'organizationId' | 'projectId' | 'projectKey'>,
  hints: DeliveryHints,
): void {
  if (organizationId === unknownOrganization || /^(?:subdomain|workspace):/.test(organizationId ?? '')) {
    throw new DeliveryError('delivery_invalid', { detail: `No organisation may be called "${organizationId}".` });
  }
  const project = idText(hints.project);
  if (
    contradict(organizationId, idText(hints.organization)) ||
    contradict(projectId, project) ||
    contradict(projectKey, project)
  ) {
    throw new DeliveryError('tenant_mismatch');
  }
}

function readAuthentication({ authentication }: Envelope): AuthenticationContext {
  return {
    runtimeToken: authentication?.runtime_token ?? '',
    tokenType: authentication?.token_type ?? 'runtime',
    expiresAt: text(authentication?.expires_at) ?? null,
    scopes: authentication?.scopes ?? [],
  };
}
