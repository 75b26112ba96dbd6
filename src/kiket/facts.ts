import type * as z from 'zod';
import { DeliveryError } from './errors.ts';
import { dataSchema, type Envelope, type issueSchema } from './envelope.ts';
import { personOf } from './person.ts';
import { readableSecrets } from './secrets.ts';
import { readTime } from './signature.ts';

/** What {@link readFacts} finds in a body, whichever envelope it is. */
export type Facts = ReturnType<typeof readFacts>;

/**
 * Takes each fact from the first place that has it. An action's issue, project and person are those of `context`, which
 * Kiket alone fills: at top level a command has parameters, which people fill.
 */
export function readFacts(envelope: Envelope, isAction: boolean) {
  const { context, organization } = envelope;
  const data = parseObject(envelope, 'data');
  const event = parseObject(envelope, 'payload');
  const issues = [
    envelope.issue,
    data?.issue,
    data?.case,
    envelope.case,
    event?.issue,
    event?.case,
    flatIssue(envelope),
  ];
  const byContext = { issue: context?.issue, projectId: idOf(context?.project), projectKey: keyOf(context?.project) };
  const issueFields = inOrder(isAction, issues, byContext.issue).find(isPresent);
  const projectIds = [envelope.project_id, issueFields?.project_id, idOf(envelope.project)];
  const projectKeys = [envelope.projectKey, keyOf(envelope.project)];
  const move = envelope.transition ?? data?.transition ?? event?.transition;
  const asker = [...identifiersOf(context?.user), text(context?.user_id)];
  const mover = personOf(
    ...identifiersOf(move?.performed_by),
    ...identifiersOf(data?.actor),
    ...identifiersOf(event?.actor),
    ...asker,
  );
  const auth = envelope.authentication;
  const times = [envelope.occurred_at, envelope.createdAt, isAction ? undefined : envelope.timestamp]
    .map(parseTime)
    .filter(isPresent);
  return {
    organizationId: first(
      envelope.organization_id,
      envelope.organizationId,
      issueFields?.organization_id,
      envelope.workspaceId,
      ...(typeof organization === 'object' ? [organization?.id, organization?.subdomain] : [organization]),
    ),
    projectId: first(...inOrder(isAction, projectIds, byContext.projectId)),
    projectKey: first(...inOrder(isAction, projectKeys, byContext.projectKey)),
    issueFields,
    from: first(move?.from, data?.from, event?.from, envelope.previous_status),
    to: first(
      move?.to,
      data?.to,
      event?.to,
      envelope.to_status,
      isPresent(envelope.previous_status) ? envelope.status : undefined,
    ),
    mover,
    actor: isAction ? personOf(...asker) : mover.length > 0 ? mover : personOf(...identifiersOf(envelope.author)),
    occurredAt: times[0] ?? parseTime(envelope.received_at),
    auth: {
      runtimeToken: auth?.runtime_token ?? '',
      tokenType: auth?.token_type ?? 'runtime',
      expiresAt: text(auth?.expires_at) ?? null,
      scopes: auth?.scopes ?? [],
    },
    secrets: readableSecrets(envelope.secrets ?? {}),
    missingSecrets: envelope.secret_status?.missing ?? [],
    freshness: { expiresAt: parseTime(auth?.expires_at), signedTimes: times },
  };
}

/** What `context` says goes first for an action, and last otherwise. */
function inOrder<Value>(isAction: boolean, values: readonly Value[], byContext: Value): readonly Value[] {
  return isAction ? [byContext, ...values] : [...values, byContext];
}

function idOf(project: Envelope['project']): string | undefined {
  return typeof project === 'object' ? first(project?.id) : text(project);
}

function keyOf(project: Envelope['project']): string | undefined {
  return typeof project === 'object' ? first(project?.key, project?.slug) : undefined;
}

/** Older webhooks put the issue's fields at top level. */
function flatIssue(envelope: Envelope): z.infer<typeof issueSchema> | undefined {
  if (!isPresent(envelope.issue_id)) return undefined;
  const { secrets: _secrets, authentication: _authentication, ...fields } = envelope;
  return { ...fields, id: envelope.issue_id, key: undefined, title: text(fields.title), status: text(fields.status) };
}

/** Parses a part of a body, or throws a {@link DeliveryError} that names the fields that are not right. */
export function parseWith<Schema extends z.ZodType>(schema: Schema, value: unknown, place = ''): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues
    .slice(0, 3)
    .map(({ path }) => [...(place === '' ? [] : [place]), ...path].join('.') || 'body');
  throw new DeliveryError('delivery_invalid', { cause: parsed.error, detail: `Look at: ${fields.join(', ')}.` });
}

function identifiersOf(person: unknown): (string | undefined)[] {
  if (typeof person !== 'object' || person === null) return [text(person)];
  const { id, email } = person as { id?: unknown; email?: unknown };
  return [text(id), text(email)];
}

/** `data` and `payload` may hold anything in a command; of an object the facts in it are read. */
function parseObject(envelope: Envelope, key: 'data' | 'payload'): z.infer<typeof dataSchema> | undefined {
  const value = envelope[key];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return parseWith(dataSchema, value, key);
}

function parseTime(value: unknown): Date | undefined {
  const written = text(value);
  return written === undefined ? undefined : readTime(written);
}

/** The first value that says something, as text. */
export function first(...values: readonly unknown[]): string | undefined {
  return values.map(text).find(isPresent);
}

/** Text that says something; numbers become text, blank text becomes `undefined`. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed === '' ? undefined : trimmed;
}

export function isPresent<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined && value !== null;
}
