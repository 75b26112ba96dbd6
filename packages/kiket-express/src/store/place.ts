import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import { isNumeric } from '../text/values.ts';
import type { IssueReference } from '../delivery.ts';
import type { PlaceColumns, Tables } from './database.ts';
import type { KnownIssue, Names, Place } from './names.ts';

/** The tables whose rows belong to an issue. */
type PlacedTable = 'approvals' | 'decisions';
type Builder = ExpressionBuilder<Tables, PlacedTable>;
type Condition = ExpressionWrapper<Tables, PlacedTable, SqlBool>;
type NameColumn = 'project_id' | 'project_key' | 'issue_id' | 'issue_key';

/** The columns of {@link issueColumns}. */
export const placeColumns = ['organization', 'project_id', 'project_key', 'issue_id', 'issue_key'] as const;

/** An issue as columns. */
export function issueColumns(issue: IssueReference): PlaceColumns {
  return {
    organization: issue.organization,
    project_id: issue.projectId ?? null,
    project_key: issue.projectKey ?? null,
    issue_id: issue.id ?? null,
    issue_key: issue.key ?? null,
  };
}

/** The issue in the columns of {@link issueColumns}. */
export function placeOfRow(row: PlaceColumns): Place {
  return {
    organization: row.organization,
    projectId: row.project_id ?? undefined,
    projectKey: row.project_key ?? undefined,
    id: row.issue_id ?? undefined,
    key: row.issue_key ?? undefined,
  };
}

/** Rows that certainly belong to this project. If it has no name, rows without one. */
export function inProject(eb: Builder, { organization, organizations, project }: Omit<KnownIssue, 'issue'>): Condition {
  // With two organizations, it's ambiguous.
  if (organization.ids.length > 1) return eb.or([]);
  const hasNone = project.ids.length === 0 && project.alias === undefined;
  return eb.and([
    eb('organization', 'in', [...organizations]),
    hasNone
      ? eb.and([eb('project_id', 'is', null), eb('project_key', 'is', null)])
      : isNamed(eb, project, { id: 'project_id', alias: 'project_key' }),
  ]);
}

/** Rows that certainly belong to this issue. An issue without a name has none. */
export function aboutIssue(eb: Builder, known: KnownIssue): Condition {
  return eb.and([inProject(eb, known), isNamed(eb, known.issue, { id: 'issue_id', alias: 'issue_key' })]);
}

/**
 * Rows with this id, or with one of its own aliases and no id. For an alias without a known id, all rows that have it.
 */
function isNamed(
  eb: Builder,
  { ids, aliases }: Names,
  { id: idColumn, alias: aliasColumn }: { id: NameColumn; alias: NameColumn },
): Condition {
  const [id] = ids;
  if (ids.length > 1) return eb.or([]);
  return eb.or([
    ...(id === undefined ? [] : [eb(idColumn, '=', id)]),
    ...aliases.map((alias) => {
      const hasAlias = eb(aliasColumn, '=', alias);
      return id === undefined ? hasAlias : eb.and([hasAlias, eb(idColumn, 'is', null)]);
    }),
  ]);
}

/** Rows that may belong to this issue, and some that don't: other meanings of their names aren't checked here. */
export function mayBeAboutIssue(eb: Builder, { organization, project, issue }: KnownIssue): Condition {
  return eb.and([
    ...mayHaveId(eb, 'organization', organization.ids),
    ...(project.hasOwnId ? mayHaveId(eb, 'project_id', project.ids) : []),
    ...(issue.hasOwnId ? mayHaveId(eb, 'issue_id', issue.ids) : []),
  ]);
}

/** Only a different number is certainly a different id from a number. */
function mayHaveId(
  eb: Builder,
  column: 'organization' | 'project_id' | 'issue_id',
  ids: readonly string[],
): Condition[] {
  if (ids.length === 0 || !ids.every(isNumeric)) return [];
  const isNoNumber = eb(eb.fn<string>('ltrim', [column, eb.val('0123456789')]), '!=', '');
  return [eb.or([eb(column, 'is', null), eb(column, 'in', [...ids]), isNoNumber])];
}
