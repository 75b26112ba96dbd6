import { join } from 'node:path';
import * as fc from 'fast-check';
import type { Selectable } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { DeliveryError } from '../../src/errors.ts';
import { personOf } from '../../src/approvals/person.ts';
import { openDatabase, type Tables } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { createGuardian, noon } from '../support/guardian.ts';
import { createPostgresDatabase } from '../support/postgres.ts';

/*
 * What may happen to approvals and overrides, in any order and however Kiket names things, against a model of a page:
 * - An approval lets one move of its issue through. When Kiket has reported the move, it is spent.
 * - It counts if whoever gave it may approve, until it expires, and for what was approved alone. An update drops it otherwise.
 * - Of somebody's approvals, the latest counts: what they approved before may be another text.
 * - Nobody's own approval lets a move through, unless the settings say so.
 * - An override by somebody who may lets one move through within an hour, and never one without the required field.
 * - What was acknowledged is not lost: it stays until a move uses it, an update drops it or whoever gave it takes it back.
 * - What cannot be distinguished is refused. Where everything is named in full, nothing is.
 *
 * GUARDIAN_MODEL_COMMANDS=100000 runs as many commands over SQLite, and with GUARDIAN_MODEL_POSTGRES=100000 over PostgreSQL.
 */

/** How many commands run over a database, about; a sequence has up to {@link longest}. */
const quick = { SQLite: 500, PostgreSQL: 150 };
const asked = {
  SQLite: Number(process.env['GUARDIAN_MODEL_COMMANDS'] ?? quick.SQLite),
  PostgreSQL: Number(process.env['GUARDIAN_MODEL_POSTGRES'] ?? quick.PostgreSQL),
};
const longest = 40;

/** What the installation is set to while one sequence runs. */
interface Settings {
  required_approvals: number;
  allow_self_approval: boolean;
  approval_expiry_hours: number;
}

/** An issue as it really is. Two of them have one key: Kiket would not do this, and nothing may be guessed if it does. */
interface RealIssue {
  organization: { id: number; subdomain: string };
  project: { id: number; key: string };
  id: number;
  key: string;
}
const acme = { id: 3, subdomain: 'acme' };
const orders = { id: 7, key: 'ORD' };
const issues: readonly RealIssue[] = [
  { organization: acme, project: orders, id: 42, key: 'ORD-1' },
  { organization: acme, project: orders, id: 43, key: 'ORD-2' },
  { organization: acme, project: orders, id: 44, key: 'ORD-1' },
  { organization: { id: 4, subdomain: 'umbrella' }, project: { id: 8, key: 'ORD' }, id: 45, key: 'ORD-1' },
];

/** People as they really are. Both addresses reach the same one. */
const people = [
  { id: 19, addresses: ['mira@example.com', 'mira.meyer@example.org'], name: 'Mira Meyer' },
  { id: 23, addresses: ['noor@example.com', 'Noor@Example.NET'], name: 'Noor Ali' },
  { id: 29, addresses: ['omar@bücher.example', 'omar@XN--BCHER-KVA.example.'], name: 'Omar Okoye' },
] as const;
type RealPerson = (typeof people)[number];

/** How one body names its place and issue. */
interface Naming {
  organization: 'id' | 'subdomain' | 'both' | 'none' | 'other id';
  project: 'id' | 'key' | 'both' | 'none';
  issue: 'id' | 'key' | 'both' | 'other id';
}
const fully: Naming = { organization: 'both', project: 'both', issue: 'both' };
/** Whatever a body may leave out without leaving anything open. */
const isFull = ({ organization, project, issue }: Naming) =>
  [organization, project, issue].every((form) => form === 'id' || form === 'both');

type PersonForm = 'id' | 'address' | 'other address' | 'both' | 'both with the other address' | 'name';

/** An issue as a body has named it. */
interface Named {
  issue: RealIssue;
  naming: Naming;
}

type Row = Selectable<Tables['approvals']>;

/** What was posted, and what it is about. */
interface Delivery extends Named {
  kind: keyof typeof events | keyof typeof presses;
  person: RealPerson;
  personForm: PersonForm;
  to: string;
  /** The field that is approved; `undefined` is not sent, so that nobody knows. */
  title: string | undefined;
  isAssigned: boolean;
  /** The setting: everybody, or those on the {@link list}. */
  approvers: string;
  /** The setting: nobody, or those on the {@link list}. */
  overriders: string;
  body: Record<string, unknown>;
}
const events = { ask: 'workflow.before_transition', after: 'workflow.after_transition', update: 'issue.updated' };
const presses = { approve: 'approve_transition', revoke: 'revoke_approval', override: 'override_transition' };

/** Whether everything is named in full. */
const isClear = ({ naming, personForm }: Delivery) => isFull(naming) && personForm.startsWith('both');
/** Whether somebody is on the list of those who may approve and override, and certainly so. */
const isOnList = ({ person }: Delivery) => person !== people[0];
const list = '23, Omar@BÜCHER.example';

class Model {
  /** What each stored approval or override really is. */
  readonly given = new Map<string, Delivery>();
  /** Which of somebody's identifiers were seen together. */
  readonly together = new Map<RealPerson, Set<PersonForm>>();
  /** Every id that a key was seen with in one body, by organization. */
  readonly seen = new Map<string, Set<number>>();
  readonly sent: Delivery[] = [];
  /** What was given last, and when it will be over. */
  latest: { given: Delivery; endsAt: number } | undefined;
  /** What was answered with success. */
  readonly acknowledged = new Set<object>();
  readonly interrupted = new Set<object>();

  /** Whether a delivery may be answered as it was before. */
  isRepeat({ body }: Delivery): boolean {
    return this.acknowledged.has(body) || this.interrupted.has(body);
  }

  /** Which issues somebody who knows all bodies so far could mean by a name. */
  meant({ issue, naming }: Named): ReadonlySet<number> {
    if (naming.issue !== 'key') return new Set([issue.id]);
    const known = [...this.seen].flatMap(([name, ids]) => (name === nameOf(issue) ? [...ids] : []));
    const named = issues.filter((other) => nameOf(other) === nameOf(issue)).map(({ id }) => id);
    return new Set(known.length > 0 ? known : named);
  }

  /** What is known of somebody: the identifiers in a body, and those that were seen together with them. */
  known(person: RealPerson, form: PersonForm): ReadonlySet<string> {
    const pairs = [...(this.together.get(person) ?? [])]
      .map((seen) => identifiers[seen])
      .filter(({ length }) => length > 1);
    const known = new Set<string>(identifiers[form]);
    for (let size = 0; size < known.size;) {
      size = known.size;
      for (const pair of pairs) if (pair.some((each) => known.has(each))) for (const each of pair) known.add(each);
    }
    return known;
  }

  /**
   * Whether these are taken for two people, although they are one: somebody uses two addresses, and no body has linked
   * them. Nothing better is promised.
   */
  areUnrelated(person: RealPerson, one: PersonForm, other: PersonForm): boolean {
    const [known, others] = [this.known(person, one), this.known(person, other)];
    const isLinked = [...known].some((each) => others.has(each));
    return !isLinked && [known, others].every((each) => each.has('address') || each.has('other address'));
  }

  /** Whether nothing speaks for two issues: one id, or a key that was not seen with any yet. */
  areSame(one: Named, other: Named): boolean {
    const areByKey = [one, other].every(({ naming }) => naming.issue === 'key');
    const isUnseen = !this.seen.has(nameOf(one.issue)) && nameOf(one.issue) === nameOf(other.issue);
    return (areByKey && isUnseen) || areSame(this.meant(one), this.meant(other));
  }

  /** @param linked the ids and addresses that have another name in the store, if not all of the body may be known */
  learn({ issue, naming, person, personForm, body }: Delivery, linked?: ReadonlySet<string>): void {
    // A notice of a move may leave out who moved it.
    const isNamed = 'context' in body || Object.hasOwn(Object(body['transition']), 'performed_by');
    const isKnown = linked?.has(linkOf(person, personForm)) ?? true;
    if (isNamed && isKnown) this.together.set(person, (this.together.get(person) ?? new Set()).add(personForm));
    // A body that names no organization, or by an id of the other scheme, says nothing about the issues of one.
    if (naming.organization === 'none' || naming.organization === 'other id') return;
    if (naming.issue !== 'both' || !(linked?.has(`${issue.key} ${issue.id}`) ?? true)) return;
    this.seen.set(nameOf(issue), (this.seen.get(nameOf(issue)) ?? new Set()).add(issue.id));
  }
}

/** As the store says that an id has an address. */
function linkOf({ id, addresses: [first, second] }: RealPerson, form: PersonForm): string {
  return `id:${id} ${personOf(form === 'both' ? first : second).join()}`;
}

/** Which of somebody's identifiers a body has. */
const identifiers: Readonly<Record<PersonForm, readonly string[]>> = {
  id: ['id'],
  address: ['address'],
  'other address': ['other address'],
  both: ['id', 'address'],
  'both with the other address': ['id', 'other address'],
  name: [],
};

function nameOf({ organization, key }: RealIssue): string {
  return `${organization.id} ${key}`;
}

interface Answer {
  http: number;
  body: { status?: string; message?: string; metadata?: { override?: object } };
}

interface Real {
  post: (body: unknown) => Promise<Answer>;
  rows: () => Promise<Row[]>;
  /** Milliseconds since 1970. */
  now: number;
  settings: Settings;
  /** Makes a call of the store fail once, before or after it is done. */
  failNext: (failure: Failure | undefined) => void;
  /** Whether the failure has happened. */
  hasFailed: () => boolean;
  /** Every pair of names that the store knows of. */
  linked: () => Promise<ReadonlySet<string>>;
  restart: () => Promise<void>;
}

interface Failure {
  call: string;
  when: 'before' | 'after';
}

/** How much later each delivery comes. */
const stepMs = 1_000;

let counter = 0;
/** What only one delivery has. */
const unique = () => `${(counter += 1)}`;

function organizationOf({ issue: { organization }, naming }: Named): Record<string, unknown> {
  if (naming.organization === 'none') return {};
  if (naming.organization === 'id') return { organization_id: organization.id };
  if (naming.organization === 'other id') return { organization_id: `org_${organization.id}` };
  if (naming.organization === 'both') return { organization };
  return { organization: { subdomain: organization.subdomain } };
}

function projectOf({ issue: { project }, naming }: Named): Record<string, unknown> {
  if (naming.project === 'none') return {};
  if (naming.project === 'both') return { project };
  return { project: naming.project === 'id' ? { id: project.id } : { key: project.key } };
}

function issueOf({ issue: { id, key }, naming }: Named): Record<string, unknown> {
  if (naming.issue === 'both') return { id, key };
  if (naming.issue === 'other id') return { id: `iss_${id}` };
  return naming.issue === 'id' ? { id: String(id) } : { id: key };
}

function personAs({ id, addresses: [first, second], name }: RealPerson, form: PersonForm): unknown {
  if (form === 'id') return { id: `0${id}` };
  if (form === 'address') return first;
  if (form === 'other address') return { email: second.toUpperCase() };
  if (form === 'name') return name;
  return { id, email: form === 'both' ? first : second };
}

function bodyOf(delivery: Omit<Delivery, 'body'>): Record<string, unknown> {
  const { kind, person, personForm, to, title, isAssigned } = delivery;
  const [organization, project] = [organizationOf(delivery), projectOf(delivery)];
  const issue = { ...issueOf(delivery), ...(title === undefined ? {} : { title }) };
  const user = personAs(person, personForm);
  if (kind === 'approve' || kind === 'revoke' || kind === 'override') {
    // Without a scope to read issues, so that nobody asks Kiket for what was not sent.
    const authentication = { runtime_token: `rt_${unique()}`, scopes: ['comments:write'] };
    const inputs = { reason: 'The shop is down.' };
    return { action_key: presses[kind], ...organization, authentication, inputs, context: { ...project, issue, user } };
  }
  const transition = kind === 'update' ? {} : { transition: { from: 'review', to, performed_by: user } };
  const fields = { ...issue, assignee_id: isAssigned ? 19 : null };
  return { id: `evt_${unique()}`, event: events[kind], ...organization, ...project, issue: fields, ...transition };
}

/** Something that may happen. */
class Command implements fc.AsyncCommand<Model, Real> {
  readonly name: string;
  readonly run: (model: Model, real: Real) => Promise<void>;

  constructor(name: string, run: Command['run']) {
    [this.name, this.run] = [name, run];
  }

  check(): boolean {
    return true;
  }

  toString(): string {
    return this.name;
  }
}

type Made = Omit<Delivery, 'body'> & { extra: Record<string, unknown> };

/** Kiket delivers something. */
function post({ extra, ...made }: Made): Command {
  const { kind, issue, naming, person, personForm, to, title, isAssigned } = made;
  const names = Object.values(naming).join('/');
  const what = `${kind} ${issue.id} (${names}) "${title}" to ${to} by ${person.id} (${personForm})`;
  return new Command(`${what}${isAssigned ? '' : ' unassigned'} ${JSON.stringify(extra)}`, async (model, real) => {
    const settings = { ...real.settings, approvers: made.approvers, override_users: made.overriders };
    const delivery = { ...made, body: { ...bodyOf(made), settings, ...extra } };
    model.sent.push(delivery);
    await play(model, real, delivery);
  });
}

const redeliver = (which: number) =>
  new Command(`redeliver ${which}`, async (model, real) => {
    const delivery = model.sent[which % model.sent.length];
    if (delivery !== undefined) await play(model, real, delivery);
  });

/** The process is killed and started again, perhaps in the middle of the next delivery. */
const crash = (failure: Failure | undefined) =>
  new Command(`crash ${JSON.stringify(failure)}`, async (_model, real) => {
    await real.restart();
    real.failNext(failure);
  });

/** Somebody asks for a move of the issue for which something was given last, when that is over or a second before. */
const askLate = ([isOver, made]: [boolean, Made]) =>
  new Command(`when it is ${isOver ? '' : 'almost '}over: ${post(made).name}`, async (model, real) => {
    if (model.latest === undefined) return;
    const { given, endsAt } = model.latest;
    const at = endsAt - (isOver ? stepMs : 2 * stepMs);
    if (at > real.now && Number.isFinite(at)) real.now = at;
    await post({ ...made, issue: given.issue, naming: fully, title: given.title }).run(model, real);
  });

/** Somebody overrides, and the issue moves when the hour is over or a second before. */
const overrideLate = ([made, late]: [Made, [boolean, Made]]) =>
  new Command(`${post(made).name}, and ${askLate(late).name}`, async (model, real) => {
    await post(made).run(model, real);
    await askLate(late).run(model, real);
  });

/** Delivers, and compares what happens with what may happen and what has to. */
async function play(model: Model, real: Real, delivery: Delivery): Promise<void> {
  const { kind, body } = delivery;
  const before = await real.rows();
  const answer = await real.post(body);
  const rows = await real.rows();
  const earlier = new Map(before.map((row) => [row.id, row]));
  const changed = (column: Ending | 'bound_to') =>
    rows.filter((row) => row[column] !== null && (earlier.get(row.id)?.[column] ?? null) === null);
  const hasFailed = real.hasFailed();
  real.failNext(undefined);
  // What failed may have been read by then, or not.
  model.learn(delivery, hasFailed ? await real.linked() : undefined);
  // What was stored or renewed just now is what the press says that it is, whether or not it was answered.
  const added = rows.filter((row) => earlier.get(row.id)?.given_at !== row.given_at);
  for (const row of added) {
    expect(kind, 'who gives what').toBe(row.overridden_by === null ? 'approve' : 'override');
    model.given.set(row.id, delivery);
    model.latest = { given: delivery, endsAt: Date.parse(row.given_at) + holdsMs(row, real) };
  }
  expect(added.length, 'one press is one approval').toBeLessThanOrEqual(1);
  if (kind === 'override' || delivery.approvers !== '') {
    expect(added.length === 0 || isOnList(delivery), 'only who is on the list').toBe(true);
  }
  if (delivery.overriders === '') expect(added.filter(isOverride), 'nobody overrides').toEqual([]);
  const ended = [...changed('used_at'), ...changed('revoked_at')];
  expect(ended.length === 0 || Object.hasOwn(enders, kind), `${kind} ends nothing`).toBe(true);
  expectToBeOthers(model, delivery, ended);
  if (hasFailed) model.interrupted.add(body);
  // Whoever was killed holds the delivery for some seconds.
  const isHeld = model.interrupted.has(body) && [202, 503].includes(answer.http);
  if (hasFailed || isHeld) {
    // An override passes a guard that could not decide, too.
    if (kind === 'ask' && answer.body.metadata?.override === undefined) expect(answer.body.status).not.toBe('allow');
    return;
  }
  expect(answer, JSON.stringify(delivery)).toMatchObject({ http: 200 });
  const seen = { model, real, delivery, answer, rows, changed, before: before.filter(isOpen) };
  if (kind === 'ask') checkAsk(seen);
  else if (kind === 'approve' || kind === 'override') checkGiven(seen);
  else checkEnded(seen, enders[kind]);
  model.acknowledged.add(body);
}

type Ending = 'used_at' | 'revoked_at';
const enders = { after: 'used_at', revoke: 'revoked_at', update: 'revoked_at' } as const;

interface Seen {
  model: Model;
  real: Real;
  delivery: Delivery;
  answer: Answer;
  /** As they are after it. */
  rows: readonly Row[];
  changed: (column: Ending | 'bound_to') => Row[];
  /** Those that were open before it. */
  before: readonly Row[];
}

/** What certainly is of another issue stays as it is. */
function expectToBeOthers(model: Model, delivery: Delivery, changed: readonly Row[]): void {
  for (const row of changed) {
    const given = model.given.get(row.id);
    if (given === undefined) continue;
    const areNamed = (thing: 'issue' | 'organization') =>
      [given, delivery].every(({ naming }) => /^(?:id|both)$/.test(naming[thing]));
    const [areIds, areOrganizations] = [areNamed('issue'), areNamed('organization')];
    if (areIds) expect(given.issue.id, 'of another issue').toBe(delivery.issue.id);
    if (areOrganizations) expect(given.issue.organization.id, 'elsewhere').toBe(delivery.issue.organization.id);
  }
}

const isOpen = (row: Row) => row.used_at === null && row.revoked_at === null;
const isOverride = (row: Row) => row.overridden_by !== null;

/** How long what was given holds. */
function holdsMs(row: Row, real: Real): number {
  const hours = isOverride(row) ? 1 : real.settings.approval_expiry_hours || Number.POSITIVE_INFINITY;
  return hours * 3_600_000;
}

function isFresh(row: Row, real: Real): boolean {
  return real.now - Date.parse(row.given_at) < holdsMs(row, real);
}

function areSame(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  return one.size === 1 && other.size === 1 && [...one].every((id) => other.has(id));
}

function couldBeOne(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  return [...one].some((id) => other.has(id));
}

/** Whether an approval comes from whoever gave an earlier one, of the same issue as far as anybody knows. */
function isByGiverOf(model: Model, later: Row, row: Row): boolean {
  const [one, other] = [model.given.get(later.id), model.given.get(row.id)];
  const areApprovals = !isOverride(later) && !isOverride(row) && later.given_at >= row.given_at;
  if (!areApprovals || one === undefined || other === undefined) return false;
  return one.person === other.person && model.areSame(one, other);
}

/** Whether somebody has approved again, perhaps another text, or an issue that this may be. */
function replaces(model: Model, later: Row, row: Row): boolean {
  const isLater = isOpen(later) && later.bound_to === row.bound_to && later.given_at > row.given_at;
  const [one, other] = [model.given.get(later.id), model.given.get(row.id)];
  if (!isLater || isOverride(later) || one === undefined || other === undefined) return false;
  return one.person === other.person && couldBeOne(model.meant(one), model.meant(other));
}

function checkAsk({ model, real, delivery, answer, rows, changed }: Seen): void {
  const { person, personForm, to, title, isAssigned, approvers, overriders } = delivery;
  const { required_approvals: needed, allow_self_approval: allowSelf } = real.settings;
  const { status, metadata } = answer.body;
  const isByOther = (given: Delivery) => {
    if (allowSelf || given.person !== person) return true;
    // Somebody with two identities that nothing links is two people: that is not promised.
    return model.areUnrelated(person, given.personForm, personForm);
  };
  /** Whether it may let this move through. */
  const isGood = (row: Row) => {
    const given = model.given.get(row.id);
    if (given === undefined || !model.areSame(given, delivery) || !isOpen(row) || !isFresh(row, real)) return false;
    if (row.bound_to !== null && row.bound_to !== to) return false;
    if (isOverride(row)) return overriders !== '';
    const isUnchanged = [given.title, title].includes(undefined) || given.title === title;
    return isUnchanged && (approvers === '' || isOnList(given)) && isByOther(given);
  };
  const bindings = changed('bound_to');
  /** Whether somebody gave another one later, which lets this move through. */
  const isRepeat = (row: Row) =>
    rows.some(
      (later) => later.bound_to === to && isGood(later) && isByGiverOf(model, later, row) && later.id !== row.id,
    );
  for (const row of bindings) {
    expect([isGood(row) || isRepeat(row), status], 'what lets it through').toEqual([true, 'allow']);
  }
  const isCertain = ({ id }: Row) => isClear(model.given.get(id) ?? delivery);
  const left = rows.filter(
    (row) =>
      row.bound_to === null &&
      isOpen(row) &&
      isCertain(row) &&
      bindings.some((later) => isCertain(later) && isByGiverOf(model, later, row)),
  );
  expect(left, 'what lets through another move').toEqual([]);
  const good = rows.filter(isGood);
  const bound = good.filter((row) => row.bound_to === to);
  const byWhom = bound
    .flatMap((row) => (isOverride(row) ? [] : (model.given.get(row.id) ?? [])))
    .filter((given, index, all) =>
      all
        .slice(0, index)
        .every((o) => o.person !== given.person || model.areUnrelated(o.person, o.personForm, given.personForm)),
    );
  if (!isAssigned) expect(status, 'nothing passes a required field').toBe('deny');
  else if (metadata?.override !== undefined) expect([status, bound.some(isOverride)]).toEqual(['allow', true]);
  else if (status === 'allow') {
    expect(byWhom.length, 'people who approved this move').toBeGreaterThanOrEqual(needed);
    expect(allowSelf || personForm !== 'name', 'a display name tells nobody apart').toBe(true);
  } else {
    expect(status).toBe('pending');
    if (!isClear(delivery)) return;
    const isLatest = (row: Row) => !rows.some((other) => replaces(model, other, row));
    const clear = good.filter((row) => isClear(model.given.get(row.id) ?? delivery) && isLatest(row));
    expect(clear.filter(isOverride), 'overrides that are clear').toEqual([]);
    expect(new Set(clear.map((row) => model.given.get(row.id)?.person)).size, 'who clearly approved').toBeLessThan(
      needed,
    );
  }
}

function checkGiven({ model, real, delivery, answer, rows }: Seen): void {
  const { kind, person, personForm, title, approvers, overriders } = delivery;
  if (answer.body.status !== 'success') {
    const needsList = kind === 'override' || approvers !== '';
    const isOff = kind === 'override' && overriders === '';
    const isRefused = isOff || (needsList && !(isOnList(delivery) && personForm.startsWith('both')));
    expect(isRefused || model.meant(delivery).size > 1, 'why it is refused').toBe(true);
    return;
  }
  // What a run before has given may be used by now.
  if (model.isRepeat(delivery)) return;
  const own = rows.filter((row) => {
    const given = model.given.get(row.id);
    const isSame = given?.kind === kind && given.person === person && given.title === title;
    return isSame && isOpen(row) && isFresh(row, real) && couldBeOne(model.meant(given), model.meant(delivery));
  });
  expect(own.length, 'what somebody has just given').toBeGreaterThan(0);
}

/** What has let a move through is spent by the move, what is no longer meant is dropped, and what is taken back is gone. */
function checkEnded({ model, delivery, rows, changed, before }: Seen, ending: Ending): void {
  const { kind, issue, naming, person, personForm, title, body } = delivery;
  const couldBeMeant = (given: Delivery) => couldBeOne(model.meant(given), model.meant(delivery));
  const isMeant = (row: Row, given: Delivery) => {
    if (kind === 'after') return true;
    if (isOverride(row)) return false;
    return kind === 'revoke' ? given.person === person : title === undefined || given.title !== title;
  };
  for (const row of changed(ending)) {
    const given = model.given.get(row.id);
    if (given === undefined) continue;
    // Where nothing tells, a move spends what has let any move through.
    const couldBe = (kind === 'after' && row.bound_to !== null) || couldBeMeant(given);
    expect([isMeant(row, given), couldBe], `${kind} ends what is meant`).toEqual([true, true]);
  }
  if (model.isRepeat(delivery)) return;
  const isCertain = isFull(naming) && (kind !== 'revoke' || personForm.startsWith('both')) && !('occurred_at' in body);
  const open = new Set(rows.filter(isOpen).map(({ id }) => id));
  const left = before.filter((row) => {
    const given = model.given.get(row.id);
    if (given === undefined || !open.has(row.id) || !isMeant(row, given)) return false;
    if (kind === 'after' && row.bound_to !== null && couldBeMeant(given)) return true;
    return isCertain && isClear(given) && given.issue === issue;
  });
  expect(left, `what ${kind} has to end`).toEqual([]);
}

const extraOfMoves = fc.record(
  {
    event: fc.constantFrom('after_transition', 'issue.transitioned', 'case.transitioned', 'issue.status_changed'),
    occurred_at: fc.constantFrom('2020-01-01T00:00:00Z', '2026-03-02T12:00:00Z', '2026-03-02T13:00:00Z'),
    transition: fc.constantFrom(null, { from: 'review' }),
  },
  { requiredKeys: [] },
);
const namings = fc.oneof(
  fc.record<Naming>({
    organization: fc.constantFrom('id', 'id', 'subdomain', 'both'),
    project: fc.constantFrom('id', 'key', 'both', 'both', 'none'),
    issue: fc.constantFrom('id', 'key', 'both'),
  }),
  fc.constant(fully),
  fc.constant(fully),
);
const personForms = fc.constantFrom<PersonForm>(
  'id',
  'address',
  'other address',
  'both',
  'both',
  'both with the other address',
);

/** A delivery of one kind. */
function make(
  kind: Delivery['kind'],
  { extra = fc.constant({}), naming = namings, personForm = personForms }: Partial<Arbitraries> = {},
): fc.Arbitrary<Made> {
  return fc.record({
    kind: fc.constant(kind),
    // Most of it is about one issue, so that something happens to it.
    issue: fc.oneof(fc.constantFrom(...issues), fc.constantFrom(...issues.slice(0, 1))),
    naming,
    person: fc.constantFrom(...people),
    personForm,
    to: fc.constantFrom('done', 'released'),
    title: fc.constantFrom('Ship it', 'Ship it', 'Ship it', 'Another', undefined),
    isAssigned: fc.constantFrom(true, true, true, true, false),
    approvers: fc.constantFrom('', list),
    overriders: fc.constantFrom(list, list, list, ''),
    extra,
  });
}

interface Arbitraries {
  extra: fc.Arbitrary<Record<string, unknown>>;
  naming: fc.Arbitrary<Naming>;
  personForm: fc.Arbitrary<PersonForm>;
}

/** What Kiket reports of a move may name neither organization nor issue as it did before the move. */
const vaguely = fc
  .record({
    naming: namings,
    organization: fc.constantFrom<Naming['organization'] | undefined>(undefined, 'none', 'other id'),
    issue: fc.constantFrom<Naming['issue'] | undefined>(undefined, undefined, 'other id'),
  })
  .map(({ naming, organization, issue }): Naming => ({
    ...naming,
    organization: organization ?? naming.organization,
    issue: issue ?? naming.issue,
  }));
const calls = 'list give revoke drop override findOverride use bind claim complete person isAmbiguous'.split(' ');
const failures = fc.record<Failure>({
  call: fc.constantFrom(...calls),
  when: fc.constantFrom('before', 'after'),
});
const names = fc.oneof({ weight: 9, arbitrary: personForms }, { weight: 1, arbitrary: fc.constant('name' as const) });
const commands = [
  ...(['ask', 'approve', 'approve', 'approve', 'revoke', 'override', 'update', 'after'] as const).map((kind) =>
    make(kind).map(post),
  ),
  make('ask', { personForm: names }).map(post),
  make('after', { extra: extraOfMoves, naming: vaguely }).map(post),
  fc.tuple(fc.boolean(), make('ask')).map(askLate),
  fc.tuple(fc.boolean(), make('ask')).map(askLate),
  fc
    .tuple(make('override', { personForm: fc.constant('both') }), fc.tuple(fc.boolean(), make('ask')))
    .map(overrideLate),
  fc.nat().map(redeliver),
  fc.option(failures, { nil: undefined }).map(crash),
];
const settings = fc.record<Settings>({
  required_approvals: fc.constantFrom(1, 1, 2),
  allow_self_approval: fc.constantFrom(false, false, true),
  approval_expiry_hours: fc.constantFrom(0, 2),
});

/** A store that fails when a test says so, and that can be opened anew behind the app's back. */
async function createUnsteadyStore(open: () => Promise<Store>) {
  let store = await open();
  let failure: Failure | undefined;
  let hasFailed = false;
  /** What `find` finds now, and whatever is in it. */
  const unsteady = (find: () => object): object =>
    new Proxy(find(), {
      get: (_target, name) => {
        const member = () => (find() as Record<PropertyKey, unknown>)[name];
        if (typeof member() !== 'function') return unsteady(member as () => object);
        return (...given: unknown[]) => {
          const call = () => (member() as (...all: unknown[]) => unknown)(...given);
          const planned = failure?.call === name ? failure : undefined;
          if (planned !== undefined) [failure, hasFailed] = [undefined, true];
          const fail = () => Promise.reject(new DeliveryError('store_unavailable'));
          if (planned?.when === 'before') return fail();
          if (planned?.when === 'after') return Promise.resolve(call()).then(fail);
          return name === 'approvalsDuring' ? unsteady(call as () => object) : call();
        };
      },
    });
  return {
    facade: unsteady(() => store) as Store,
    failNext: (next: Failure | undefined) => {
      [failure, hasFailed] = [next, false];
    },
    hasFailed: () => hasFailed,
    restart: async () => {
      await store.close();
      store = await open();
    },
  };
}

/** The app over a database, in this process. */
async function start(url: string): Promise<Real & { clear: () => Promise<void> }> {
  const unsteady = await createUnsteadyStore(() => openStore(url, { onRepeat: () => {}, onTrouble: () => {} }));
  const { deliver } = await createGuardian({
    store: unsteady.facade,
    clock: () => new Date(real.now),
    overrides: { PROTECTED_STATUSES: 'done, released', APPROVAL_FIELDS: 'title' },
  });
  const database = await openDatabase(url, { onTrouble: () => {} });
  onTestFinished(() => database.destroy());
  const real: Awaited<ReturnType<typeof start>> = {
    ...unsteady,
    now: noon.getTime(),
    settings: { required_approvals: 1, allow_self_approval: false, approval_expiry_hours: 0 },
    post: async (body) => {
      real.now += stepMs;
      // Nobody signs these, so they say nothing: three deliveries in a row have the same.
      const number = Math.floor(real.now / 3_000);
      const headers = { 'X-Kiket-Delivery': `dlv_${number}`, 'X-Kiket-Invocation': `inv_${number}` };
      const response = await deliver(body, '/webhook', headers);
      return { http: response.status, body: response.body as Answer['body'] };
    },
    linked: async () => {
      const aliases = await database.selectFrom('aliases').selectAll().execute();
      const pairs = await database.selectFrom('people').selectAll().execute();
      return new Set([
        ...aliases.map(({ alias, other_id: id }) => `${alias} ${id}`),
        ...pairs.map(({ one, other }) => `${one} ${other}`),
      ]);
    },
    rows: () => database.selectFrom('approvals').selectAll().execute(),
    clear: async () => {
      // Decisions are written behind the answers, and the next sequence begins at noon again.
      await unsteady.facade.settle();
      const tables = ['approvals', 'aliases', 'people', 'decisions', 'deliveries', 'delivery_keys', 'steps'] as const;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      for (const table of tables) await database.deleteFrom(table).execute();
    },
  };
  return real;
}

async function createUrl(backend: keyof typeof asked): Promise<string> {
  if (backend === 'PostgreSQL') return (await createPostgresDatabase()).url;
  return `file:${join(temporaryFolder(), 'guardian.db')}`;
}

const timeoutMs = 4 * 60 * 60 * 1000;

test.each(Object.keys(asked) as (keyof typeof asked)[])(
  'approvals over %s let one move of their issue through each, under any names',
  async (backend) => {
    const real = await start(await createUrl(backend));
    let done = 0;
    const sequences = fc.commands(commands, { maxCommands: longest, size: 'max' });
    const property = fc.asyncProperty(sequences, settings, async (sequence, set) => {
      await real.clear();
      real.failNext(undefined);
      [real.settings, real.now] = [set, noon.getTime()];
      done += [...sequence].length;
      await fc.asyncModelRun(() => ({ model: new Model(), real }), sequence);
    });
    const seed = Number(process.env['GUARDIAN_MODEL_SEED'] ?? 1);
    await fc.assert(property, { seed, numRuns: Math.ceil((asked[backend] * 2) / longest), endOnFailure: false });
    expect(done).toBeGreaterThan(asked[backend] / 2);
  },
  timeoutMs,
);
