import { personOf, type Person } from '../approvals/person.ts';
import type { FreshnessProof, Issue } from '../delivery.ts';
import { DeliveryError } from '../errors.ts';
import type { DeliveryHints } from './hints.ts';
import { isSameStatus } from '../text/status.ts';
import { readTime } from '../text/time.ts';
import { asText, firstText, idText, isNumeric, isObject, isPresent } from '../text/values.ts';
import {
  check,
  eventPartsSchema,
  fitting,
  nameText,
  person,
  transition,
  type Checked,
  type Envelope,
} from './schema.ts';

/** What a body says, in any envelope. */
export interface Facts {
  organizationId: string | undefined;
  /** Another name of the organization, not its id. */
  subdomain: string | undefined;
  /** A part of an organization, not a name for it. */
  workspace: string | undefined;
  projectId: string | undefined;
  projectKey: string | undefined;
  /** Only if the body has its id or key, because other fields don't identify an issue. */
  issue: Pick<Issue, 'id' | 'key' | 'title' | 'status' | 'fields'> | undefined;
  from: string | undefined;
  to: string | undefined;
  mover: Person;
  actor: Person;
  occurredAt: Date | undefined;
  freshness: FreshnessProof;
}

/** An action in the guide's form has no user input at top level. A command has its parameters there. */
export type BodyForm = 'event' | 'action' | 'command';

/**
 * A command's parameters are at top level, even one called `action_key`. Throws a {@link DeliveryError} `event_mismatch` if
 * only an unsigned header or path says that it's a command, and that would change what the body says.
 */
export function formOfAction(
  envelope: Envelope,
  hints: Pick<DeliveryHints, 'pathEvent' | 'headerEvent'>,
  commandEvents: ReadonlyMap<string, string>,
): BodyForm {
  const { event, event_type: eventType, action_key: actionKey } = envelope;
  const isCommand = (name: unknown) => commandEvents.has(asText(name) ?? '');
  if (asText(actionKey) === undefined || [event, eventType, envelope['type']].some(isCommand)) return 'command';
  if (![hints.pathEvent, hints.headerEvent].some(isCommand)) return 'action';
  if (Object.keys(envelope).some((key) => /^(?:organization|workspace|settings$|configuration$)/.test(key))) {
    throw new DeliveryError('event_mismatch');
  }
  return 'command';
}

type Fields = Readonly<Record<string, unknown>>;
type Parts = Partial<Checked<typeof eventPartsSchema>>;

/**
 * Takes each fact from the first place that has it. Bodies that name two organizations, projects, issues or moves are
 * rejected. The top level doesn't count where it holds user input: an action's issue, project and person come from
 * `context`, which only Kiket fills in, and so does the organization of a command. Throws a {@link DeliveryError}
 * `delivery_invalid` or `tenant_mismatch`.
 */
export function readFacts(envelope: Envelope, form: BodyForm, setupEvents: ReadonlySet<string> = new Set()): Facts {
  const parts: Parts = form === 'event' ? check(eventPartsSchema, envelope) : {};
  const { data, payload } = parts;
  const context = envelope.context ?? {};
  const ofTenant: Partial<Envelope> = form === 'command' ? {} : envelope;
  const ofProject: Partial<Envelope> = form === 'event' ? envelope : {};
  const flat = isPresent(parts.issue_id) ? flatIssue(envelope) : undefined;
  const ownCase = isObject(parts.case) ? parts.case : undefined;
  const nested = [parts.issue, data?.issue, data?.case, ownCase, payload?.issue, payload?.case];
  // Everything that names the issue, the first with its fields.
  const issues = [...nested, flat, context.issue].map((place) => named(place, 'id')).filter(isObject);
  const tenant = named(ofTenant.organization, 'subdomain');
  const projects = [named(parts.project, 'key'), named(context.project, 'key')];
  const issue = readIssue(issues);
  const projectKey = agree('projects', [ofProject.projectKey, ...valuesOf(projects, 'key')], asText);
  // Another name, which can be spelled differently from the key.
  const slug = agree('projects', valuesOf(projects, 'slug'), asText);
  return {
    issue,
    organizationId: agree('organizations', [
      ofTenant.organization_id,
      ofTenant.organizationId,
      ...valuesOf(issues, 'organization_id'),
      tenant?.['id'],
    ]),
    subdomain: asText(tenant?.['subdomain']),
    workspace: asText(ofTenant.workspaceId),
    projectId: agree('projects', [
      ofProject.project_id,
      ...valuesOf(issues, 'project_id'),
      ...valuesOf(projects, 'id'),
    ]),
    projectKey: projectKey ?? slug,
    ...readMove(envelope, form, parts, issues),
    ...readTimes(envelope, form, setupEvents),
  };
}

function readMove(envelope: Envelope, form: BodyForm, parts: Parts, issues: readonly Fields[]) {
  const asker = [envelope.context?.user, envelope.context?.user_id];
  if (form !== 'event') {
    // A parameter of that name asks about a move without moving anything.
    const { from, to } = fitting(transition, envelope['transition']) ?? {};
    const actor = personAt(...asker);
    return { from: asText(from), to: asText(to), mover: actor, actor };
  }
  const { data, payload, previous_status: previous, to_status: next } = parts;
  const moves = [parts.transition, ...valuesOf(issues, 'transition'), data?.transition, payload?.transition].filter(
    isObject,
  );
  const movers = [...valuesOf(moves, 'performed_by'), data?.actor, payload?.actor, ...asker];
  const mover = personAt(...movers);
  const author = personAt(fitting(person, envelope['author']));
  const from = agreeOnStatus(...valuesOf(moves, 'from'), data?.from, payload?.from, previous);
  const to = agreeOnStatus(...valuesOf(moves, 'to'), data?.to, payload?.to, next, flatStatus(parts));
  return {
    // With a move, these two belong to it. Without one, they may belong to anything.
    from: from && agreeOnStatus(from, envelope['from']),
    to: to && agreeOnStatus(to, envelope['to']),
    mover,
    actor: mover.length > 0 ? mover : author,
  };
}

function readTimes(envelope: Envelope, form: BodyForm, setupEvents: ReadonlySet<string>) {
  const { occurred_at: occurred, createdAt: created, received_at: received, authentication } = envelope;
  // An action's parameters can have the names of the last two. A setup test that the signed body names has no
  // parameters.
  const isSetupTest = setupEvents.has(asText(envelope.event) ?? '');
  const timestamp = form === 'event' ? envelope['timestamp'] : undefined;
  const times = [occurred, created, timestamp, form === 'event' || isSetupTest ? received : undefined];
  const signedTimes = times.map(parseTime).filter(isPresent);
  return { occurredAt: signedTimes[0], freshness: { expiresAt: parseTime(authentication?.expires_at), signedTimes } };
}

function parseTime(value: unknown): Date | undefined {
  const text = asText(value);
  return text === undefined ? undefined : readTime(text);
}

/** A block's fields. A bare number is an id, and a bare word is the given name. */
function named(value: unknown, word: string): Fields | undefined {
  if (isObject(value)) return value;
  const bare = idText(value);
  return bare === undefined ? undefined : { [isNumeric(bare) ? 'id' : word]: bare };
}

/** The person that these places name together. */
function personAt(...places: readonly unknown[]): Person {
  const identifiers: unknown[] = [];
  for (const who of places) {
    if (isObject(who)) identifiers.push(who['id'], who['email']);
    else identifiers.push(who);
  }
  return personOf(...identifiers.map(asText));
}

/** An issue at top level, without secrets. A key or a title there may belong to something else. */
function flatIssue({ secrets: _secrets, authentication: _authentication, ...fields }: Envelope): Fields {
  return {
    ...fields,
    id: fields['issue_id'],
    key: undefined,
    title: asText(fields['title']),
    status: asText(fields['status']),
  };
}

/**
 * The target of the move in a flat delivery. Without a previous status, or next to an explicit target, its status is
 * just a status.
 */
function flatStatus({ previous_status: previous, to_status: next, status }: Parts): string | undefined {
  if (!isPresent(previous) || isPresent(next) || typeof status !== 'string') return undefined;
  return check(nameText, status, 'status');
}

/** The issue that these places name. Other fields don't identify one. */
function readIssue(issues: readonly Fields[]): Facts['issue'] {
  const names = issues.map(readIssueNames);
  for (const name of ['id', 'key'] as const) agree('issues', valuesOf(names, name), asText);
  const [fields, name] = [issues[0], names[0]];
  if (fields === undefined || name === undefined || (name.id ?? name.key) === undefined) return undefined;
  const status = firstText(fields['status'], fields['currentStateKey']);
  return { title: asText(fields['title']), status, fields: withoutPrototype(fields), ...name };
}

/** How a place names its issue. The 2026 webhooks have the key where others have the id. */
function readIssueNames(fields: Fields): Pick<Issue, 'id' | 'key'> {
  const [id, key] = [idText(fields['id']), asText(fields['key'])];
  if (id === undefined || !/^[A-Za-z][A-Za-z0-9_]*-\d+$/.test(id)) return { id, key };
  return { id: undefined, key: agree('issues', [key, id], asText) };
}

/** JSON can have a field called `__proto__`, which `Object.assign` would act on. */
function withoutPrototype(fields: Fields): Fields {
  if (!Object.hasOwn(fields, '__proto__')) return fields;
  const { ['__proto__']: _order, ...rest } = fields;
  return rest;
}

/** What each place has under a name. */
function valuesOf(places: readonly (Fields | undefined)[], name: string): readonly unknown[] {
  return places.map((place) => place?.[name]);
}

/** The first of these ids, if any. Ids of two schemes can't contradict each other. */
function agree(things: 'issues' | 'projects' | 'organizations', ids: readonly unknown[], read = idText) {
  const first: { id?: string; number?: string; word?: string } = {};
  for (const each of ids) {
    const id = read(each);
    if (id === undefined) continue;
    first.id ??= id;
    if (id === (first[isNumeric(id) ? 'number' : 'word'] ??= id)) continue;
    if (things === 'organizations') throw new DeliveryError('tenant_mismatch');
    throw new DeliveryError('delivery_invalid', { detail: `The body names two ${things}.` });
  }
  return first.id;
}

/** The status that these places name, if any. */
function agreeOnStatus(...statuses: readonly unknown[]): string | undefined {
  let first: string | undefined;
  for (const each of statuses) {
    const status = asText(each);
    if (status === undefined || isSameStatus(status, (first ??= status))) continue;
    throw new DeliveryError('delivery_invalid', { detail: 'The body names two moves.' });
  }
  return first;
}
