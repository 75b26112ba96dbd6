import { randomUUID } from 'node:crypto';
import { contradict } from '../text/values.ts';
import { normalizeName } from '../text/normalize.ts';
import type { IssueReference } from '../delivery.ts';
import type { Database, Tables } from './database.ts';

/*
 * Ids decide; keys and subdomains are aliases, learned from signed bodies that name both. A thing named only by an
 * alias is the id that the alias was seen with. An alias that was seen with two ids is ambiguous.
 */

/** Everything that a reference could mean, as far as it's known. */
export interface Names {
  /** No known id, one, or several that the alias could mean. */
  ids: readonly string[];
  /** Aliases that only mean this thing. */
  aliases: readonly string[];
  /** The alias in the reference itself, which may also mean others. */
  alias: string | undefined;
  /** Whether the id is in the reference itself, and not only known from its alias. */
  hasOwnId: boolean;
}

/** What is known about an issue's names. */
export interface KnownIssue {
  /** As rows can name it. */
  organizations: readonly string[];
  organization: Names;
  project: Names;
  issue: Names;
}

/** An issue, or only its project or organization. */
export type Place = Pick<IssueReference, 'organization' | 'subdomain' | 'projectId' | 'projectKey'> &
  Partial<Pick<IssueReference, 'id' | 'key'>>;

type Kind = 'organization' | 'project' | 'issue';

/** A thing as one body names it. */
interface Named {
  kind: Kind;
  /** Within these organizations; organizations are within ''. */
  organizations: readonly string[];
  id: string | undefined;
  alias: string | undefined;
}

type AliasRow = Pick<Tables['aliases'], 'alias' | 'other_id' | 'seen_at'>;

/** How long ago an alias may have been seen before it's stored again, in milliseconds. */
const noteAgainMs = 24 * 60 * 60 * 1000;

/**
 * Finds what is known about an issue's names.
 *
 * @param now stores what the reference itself says about them, which must come from a signed body
 */
export async function findNames(database: Database, place: Place, now?: Date): Promise<KnownIssue> {
  const { organization: own, subdomain, projectId, projectKey, id, key } = place;
  const isAlias = isOrganizationAlias(own);
  const organization = await find(
    database,
    { kind: 'organization', organizations: [''], id: isAlias ? undefined : own, alias: isAlias ? own : subdomain },
    now,
  );
  const organizations = organization.ids.length > 1 ? [own] : [...organization.ids, ...organization.aliases];
  const project = await find(database, { kind: 'project', organizations, id: projectId, alias: projectKey }, now);
  const issue = await find(database, { kind: 'issue', organizations, id, alias: key }, now);
  return { organizations, organization, project, issue };
}

/** Whether these names could mean two things. */
export function isAmbiguous({ organization, project, issue }: KnownIssue): boolean {
  return [organization, project, issue].some(({ ids }) => ids.length > 1);
}

/** Checks whether these names could mean two things. An id never does. */
export async function isAmbiguousPlace(database: Database, place: Place): Promise<boolean> {
  const { organization, projectId, projectKey, id, key } = place;
  const hasId = !isOrganizationAlias(organization) && (projectId ?? projectKey) === projectId && (id ?? key) === id;
  return !hasId && isAmbiguous(await findNames(database, place));
}

function isOrganizationAlias(organization: string): boolean {
  return /^(?:subdomain|workspace):/.test(organization);
}

async function find(database: Database, named: Named, now: Date | undefined): Promise<Names> {
  const { id, alias } = named;
  const own = { alias, hasOwnId: id !== undefined };
  if (id === undefined && alias === undefined) return { ids: [], aliases: [], ...own };
  const ids = id === undefined ? await findIds(database, named) : [id];
  const [only] = ids;
  if (only === undefined) return { ids, aliases: alias === undefined ? [] : [alias], ...own };
  if (ids.length > 1) return { ids, aliases: [], ...own };
  const rows = await findAliases(database, { ...named, id: only });
  // A read-only database can still be read, and this body's own names are known anyway.
  if (now !== undefined) await learn(database, { ...named, id: only }, { rows, now }).catch(() => {});
  const known = [...rows, ...(alias === undefined ? [] : [{ alias, other_id: only }])];
  const foreign = new Set(known.filter((row) => row.other_id !== only).map((row) => row.alias));
  const aliases = new Set(known.map((row) => row.alias).filter((each) => !foreign.has(each)));
  return { ids, aliases: [...aliases], ...own };
}

async function findIds(database: Database, { kind, organizations, alias = '' }: Named): Promise<string[]> {
  const rows = await database
    .selectFrom('aliases')
    .select('other_id')
    .distinct()
    .where('kind', '=', kind)
    .where('organization', 'in', [...organizations])
    .where('alias', '=', alias)
    .execute();
  return rows.map((row) => row.other_id);
}

/** The aliases of an id, and the one in the reference, with every id that each was seen with. */
function findAliases(database: Database, { kind, organizations, id = '', alias }: Named): Promise<AliasRow[]> {
  return database
    .selectFrom('aliases as own')
    .innerJoin('aliases as any', (join) => join.onRef('any.kind', '=', 'own.kind').onRef('any.alias', '=', 'own.alias'))
    .select(['any.alias', 'any.other_id', 'any.seen_at'])
    .where('own.kind', '=', kind)
    .where('own.organization', 'in', [...organizations])
    .where('any.organization', 'in', [...organizations])
    .where('own.other_id', '=', id)
    .unionAll(
      database
        .selectFrom('aliases')
        .select(['alias', 'other_id', 'seen_at'])
        .where('kind', '=', kind)
        .where('organization', 'in', [...organizations])
        .where('alias', '=', alias ?? ''),
    )
    .execute();
}

/** Stores that an id and an alias are in one signed body. */
async function learn(
  database: Database,
  { kind, organizations, id = '', alias }: Named,
  { rows, now }: { rows: readonly AliasRow[]; now: Date },
): Promise<void> {
  const [organization = ''] = organizations;
  if (alias === undefined) return;
  const notedAt = rows.find((row) => row.alias === alias && row.other_id === id)?.seen_at;
  if (notedAt !== undefined && now.getTime() - Date.parse(notedAt) < noteAgainMs) return;
  const seen = { seen_at: now.toISOString() };
  await database
    .insertInto('aliases')
    .values({ id: randomUUID(), organization, kind, alias, other_id: id, ...seen })
    .onConflict((conflict) => conflict.columns(['alias', 'other_id', 'kind', 'organization']).doUpdateSet(seen))
    .execute();
}

/** Keeps the names that identify an approval as long as the approval itself. */
export async function keepNames(database: Database, known: KnownIssue, now: Date): Promise<void> {
  const { organizations, organization, project, issue } = known;
  const kept: [Kind, readonly string[], Names][] = [
    ['organization', [''], organization],
    ['project', organizations, project],
    ['issue', organizations, issue],
  ];
  const notedBefore = new Date(now.getTime() - noteAgainMs).toISOString();
  for (const [kind, within, names] of kept) {
    const aliases = [...names.aliases, ...(names.alias === undefined ? [] : [names.alias])];
    // oxlint-disable-next-line no-await-in-loop -- one connection
    await database
      .updateTable('aliases')
      .set({ seen_at: now.toISOString() })
      .where('kind', '=', kind)
      .where('organization', 'in', [...within])
      // Rows noted today stay as they are: statements that lock the same rows in different orders deadlock.
      .where('seen_at', '<', notedBefore)
      .where((eb) =>
        eb.or([
          ...(aliases.length > 0 ? [eb('alias', 'in', aliases)] : []),
          ...(names.ids.length > 0 ? [eb('other_id', 'in', [...names.ids])] : []),
        ]),
      )
      .execute();
  }
}

/** The result of comparing two references. */
export type Likeness = 'same' | 'other' | 'unclear';

/** Compares what is known about two issues' names. */
export function compareIssues(one: KnownIssue, other: KnownIssue): Likeness {
  const organizations = compareOrganizations(one, other);
  // Aliases are only known within one organization. Elsewhere, only ids prove a difference.
  const within = (names: Names) =>
    organizations === 'same' || names.hasOwnId || names.ids.length === 0 ? names : { ...names, ids: [], aliases: [] };
  const levels = [
    organizations,
    // A project can have a key and a slug, so two different names prove nothing.
    compare(within(one.project), within(other.project), 'unclear'),
    compare(within(one.issue), within(other.issue), 'other'),
  ];
  if (levels.includes('other')) return 'other';
  return levels.every((level) => level === 'same') ? 'same' : 'unclear';
}

function compareOrganizations(one: KnownIssue, other: KnownIssue): Likeness {
  const likeness = compare(one.organization, other.organization, 'other');
  // A workspace is part of an organization that can have any name, and so is something without a name.
  const isNameless = [one, other].some(({ organization }) => organization.ids.includes('unknown'));
  const workspaces = [one, other].filter(({ organization: { alias } }) => alias?.startsWith('workspace:'));
  return likeness === 'other' && (isNameless || workspaces.length === 1) ? 'unclear' : likeness;
}

/** @param otherAliases the result if both have aliases, but none in common */
function compare(one: Names, other: Names, otherAliases: Likeness): Likeness {
  if (one.ids.length > 0 && other.ids.length > 0) {
    const areAll = (test: (id: string, otherId: string) => boolean) =>
      one.ids.every((id) => other.ids.every((otherId) => test(id, otherId)));
    if (areAll((id, otherId) => id === otherId)) return 'same';
    return areAll(areOfTwo) ? 'other' : 'unclear';
  }
  if (one.aliases.some((alias) => other.aliases.includes(alias))) return 'same';
  const [own, others] = [aliasesOf(one), aliasesOf(other)];
  if (own.length === 0 && others.length === 0) return isNothing(one) && isNothing(other) ? 'same' : 'unclear';
  if (own.length === 0 || others.length === 0) return 'unclear';
  return own.some((alias) => others.includes(alias)) ? 'unclear' : otherAliases;
}

/**
 * Whether two ids certainly belong to two things. Kiket has two schemes of ids, `3` and `org_01TEST`, and one thing can
 * have both.
 */
function areOfTwo(id: string, other: string): boolean {
  return contradict(id, other) && normalizeName(id) !== normalizeName(other);
}

/** As people read them: names that look the same are ambiguous. */
function aliasesOf({ aliases, alias }: Names): string[] {
  return [...aliases, ...(alias === undefined ? [] : [alias])].map(normalizeName);
}

function isNothing({ ids, aliases, alias }: Names): boolean {
  return ids.length === 0 && aliases.length === 0 && alias === undefined;
}
