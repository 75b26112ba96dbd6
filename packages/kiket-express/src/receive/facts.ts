import type * as z from 'zod';
import { idText, isNumeric, requireOne, requireOneIssue, requireOneMove } from './agreement.ts';
import { DeliveryError } from './errors.ts';
import {
  dataSchema,
  flatSchema,
  issueSchema,
  name,
  personSchema,
  projectSchema,
  transitionSchema,
  type Checked,
  type Envelope,
} from './envelope.ts';
import { certainlyFits } from './fits.ts';
import { personOf, type Person } from '../approvals/person.ts';
import { readTime, type FreshnessProof } from './signature.ts';
import { first, isObject, isPresent, text } from './text.ts';

/** The places in a body where facts may be, each checked. */
type Parts = ReturnType<typeof readParts>;

/**
 * What a body says, whichever envelope it is. Each fact is taken from the first place that has it; places that name
 * another issue or another move make a delivery that nobody can answer.
 */
export interface Facts {
  organizationId: string | undefined;
  /** Another name of the organisation, and no id. */
  subdomain: string | undefined;
  /** A part of an organisation. It is no name of it. */
  workspace: string | undefined;
  projectId: string | undefined;
  projectKey: string | undefined;
  issueFields: Checked<typeof issueSchema> | undefined;
  from: string | undefined;
  to: string | undefined;
  mover: Person;
  actor: Person;
  occurredAt: Date | undefined;
  freshness: FreshnessProof;
}

/** An action in the guide's form has nothing at top level that people fill; a command has its parameters there. */
export type BodyForm = 'event' | 'action' | 'command';

/**
 * Reads the facts of a body. An action's issue, project and person are those of `context`, which Kiket alone fills, and so
 * is the organisation of a command. Throws a {@link DeliveryError} `delivery_invalid` or `tenant_mismatch`.
 */
export function readFacts(envelope: Envelope, form: BodyForm): Facts {
  const isAction = form !== 'event';
  const parts = readParts(envelope, isAction);
  const ofContext = envelope.context?.issue ?? undefined;
  const places = isAction ? [ofContext] : placesOfIssue(envelope, parts);
  requireOneIssue(places);
  return {
    ...readOrganization(envelope, places, form),
    ...readProject(envelope, parts, { places, isAction }),
    issueFields: isAction ? ofContext : (parts.issue ?? ofContext),
    ...readMove(envelope, parts, isAction),
    ...readTimes(envelope, isAction),
  };
}

function readParts(envelope: Envelope, isAction: boolean) {
  const read = <Schema extends z.ZodType>(key: string, schema: Schema): Checked<Schema> | undefined => {
    const value: unknown = envelope[key];
    if (!isPresent(value)) return undefined;
    // What does not fit is a parameter of a command, and a mistake anywhere else.
    if (!isAction) return parseWith(schema, value, key);
    return schema.safeParse(value).success ? (value as Checked<Schema>) : undefined;
  };
  // These two may be anything; of an object the facts in it are read.
  const data = isObject(envelope.data) ? read('data', dataSchema) : undefined;
  const payload = isObject(envelope.payload) ? read('payload', dataSchema) : undefined;
  const isFlat = isPresent(envelope.issue_id ?? envelope.previous_status ?? envelope.to_status);
  const flat = isFlat && !isAction ? parseWith(flatSchema, envelope) : undefined;
  return {
    data,
    payload,
    flat,
    project: read('project', projectSchema),
    transition: read('transition', transitionSchema) ?? data?.transition ?? payload?.transition,
    issue:
      read('issue', issueSchema) ??
      data?.issue ??
      data?.case ??
      read('case', issueSchema) ??
      payload?.issue ??
      payload?.case ??
      (flat && flatIssue(flat)),
  };
}

/** Wherever a delivery may name its issue. */
function placesOfIssue({ case: ofCase, context }: Envelope, { issue, data, payload, flat }: Parts): unknown[] {
  const atTop = { id: flat?.issue_id };
  return [issue, data?.issue, data?.case, ofCase, payload?.issue, payload?.case, context?.issue, atTop];
}

function readOrganization(
  { organization, organization_id: own, organizationId: camel, workspaceId }: Envelope,
  places: readonly unknown[],
  form: BodyForm,
): Pick<Facts, 'organizationId' | 'subdomain' | 'workspace'> {
  const ofIssues = fieldsOf(places, 'organization_id');
  if (form === 'command') {
    return { organizationId: requireOne('organizations', ...ofIssues), subdomain: undefined, workspace: undefined };
  }
  const block = typeof organization === 'object' ? organization : undefined;
  const bare = typeof organization === 'object' ? undefined : idText(organization);
  const isBareId = bare !== undefined && isNumeric(bare);
  const ids = [idText(own), idText(camel), ...ofIssues, idText(block?.id), isBareId ? bare : undefined];
  return {
    organizationId: requireOne('organizations', ...ids),
    subdomain: text(block?.subdomain) ?? (isBareId ? undefined : bare),
    workspace: text(workspaceId),
  };
}

function readProject(
  { context, project_id: own, projectKey }: Envelope,
  { project: atTop }: Parts,
  { places, isAction }: { places: readonly unknown[]; isAction: boolean },
): Pick<Facts, 'projectId' | 'projectKey'> {
  const ofContext = readProjectNames(context?.project);
  const ofIssues = fieldsOf(places, 'project_id');
  if (isAction) {
    const projectId = requireOne('projects', ofContext.id, ...ofIssues);
    return { projectId, projectKey: ofContext.key ?? ofContext.slug };
  }
  const named = readProjectNames(atTop);
  const key = requireOne('projects', text(projectKey), named.key, ofContext.key);
  // Another name, which need not be spelled like the key.
  const slug = requireOne('projects', named.slug, ofContext.slug);
  const projectId = requireOne('projects', idText(own), ...ofIssues, named.id, ofContext.id);
  return { projectId, projectKey: key ?? slug };
}

function readProjectNames(project: z.infer<typeof projectSchema> | null | undefined) {
  if (typeof project === 'object')
    return { id: idText(project?.id), key: text(project?.key), slug: text(project?.slug) };
  const bare = idText(project);
  const isId = bare !== undefined && isNumeric(bare);
  return { id: isId ? bare : undefined, key: isId ? undefined : bare, slug: undefined };
}

function fieldsOf(places: readonly unknown[], field: string): (string | undefined)[] {
  return places.map((place) => (isObject(place) ? idText(place[field]) : undefined));
}

function readMove(envelope: Envelope, { data, payload, transition, flat }: Parts, isAction: boolean) {
  const { context } = envelope;
  const asker = [context?.user, context?.user_id];
  const mover = personNamed(transition?.performed_by, data?.actor, payload?.actor, ...asker);
  const doer = mover.length > 0 ? mover : personNamed(personSchema.safeParse(envelope.author).data);
  // An action's parameters may be called like this and say what they like.
  const read = isAction ? first : requireOneMove;
  const [inData, inPayload] = [data?.transition, payload?.transition];
  const flatTo = flat && flatStatus(flat);
  return {
    from: read(transition?.from, inData?.from, inPayload?.from, data?.from, payload?.from, flat?.previous_status),
    to: read(transition?.to, inData?.to, inPayload?.to, data?.to, payload?.to, flat?.to_status, flatTo),
    mover,
    actor: isAction ? personNamed(...asker) : doer,
  };
}

function readTimes(envelope: Envelope, isAction: boolean) {
  const { occurred_at: occurred, createdAt: created, received_at: received, authentication } = envelope;
  // An action's parameters may be called like the last two.
  const times = [occurred, created, ...(isAction ? [] : [envelope.timestamp, received])].map(parseTime);
  const signedTimes = times.filter(isPresent);
  return {
    occurredAt: signedTimes[0],
    freshness: { expiresAt: parseTime(authentication?.expires_at), signedTimes },
  };
}

/** Where a flat delivery says that the issue moves. Without where it came from, or beside where it goes, its status is just one. */
function flatStatus({
  previous_status: previous,
  to_status: to,
  status,
}: Checked<typeof flatSchema>): string | undefined {
  return isPresent(previous) && !isPresent(to) && typeof status === 'string'
    ? text(parseWith(name, status, 'status'))
    : undefined;
}

function flatIssue(flat: Checked<typeof flatSchema>): Facts['issueFields'] {
  if (!isPresent(flat.issue_id)) return undefined;
  const { secrets: _secrets, authentication: _authentication, ...fields } = flat;
  return { ...fields, id: flat.issue_id, key: undefined, title: text(flat.title), status: text(flat.status) };
}

/**
 * Returns a part of a body, whole and as it came, if it fits, or throws a {@link DeliveryError} that names the fields that
 * are not right.
 */
export function parseWith<Schema extends z.ZodType>(schema: Schema, value: unknown, place = ''): Checked<Schema> {
  if (certainlyFits(schema, value)) return value as Checked<Schema>;
  const parsed = schema.safeParse(value);
  if (parsed.success) return value as Checked<Schema>;
  const fields = parsed.error.issues
    .slice(0, 3)
    .map(({ path }) => [...(place === '' ? [] : [place]), ...path].join('.') || 'body');
  throw new DeliveryError('delivery_invalid', { cause: parsed.error, detail: `Look at: ${fields.join(', ')}.` });
}

/** One person, as every place names them. */
function personNamed(...places: readonly (z.infer<typeof personSchema> | null | undefined)[]): Person {
  const identifiers: (string | undefined)[] = [];
  for (const named of places) {
    if (typeof named === 'object') identifiers.push(text(named?.id), text(named?.email));
    else identifiers.push(text(named));
  }
  return personOf(...identifiers);
}

function parseTime(value: unknown): Date | undefined {
  const written = text(value);
  return written === undefined ? undefined : readTime(written);
}
