import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { IssueReference } from '../receive/delivery.ts';
import type { Tables } from './database.ts';

/** The tables that say whose issue a row is about. */
type PlacedTable = 'approvals' | 'decisions';
type Builder = ExpressionBuilder<Tables, PlacedTable>;
type Condition = ExpressionWrapper<Tables, PlacedTable, SqlBool>;

/** An issue as columns. */
export function issueColumns(issue: IssueReference) {
  return {
    organization: issue.organization,
    project_id: issue.projectId ?? null,
    project_key: issue.projectKey ?? null,
    issue_id: issue.id ?? null,
    issue_key: issue.key ?? null,
  };
}

/** Rows of one project: id or key is the same, and neither differs. Without either: rows that have neither. */
export function inProject(
  eb: Builder,
  { organization, projectId, projectKey }: Pick<IssueReference, 'organization' | 'projectId' | 'projectKey'>,
): Condition {
  const sameOrganization = eb('organization', '=', organization);
  if (projectId === undefined && projectKey === undefined) {
    return eb.and([sameOrganization, eb('project_id', 'is', null), eb('project_key', 'is', null)]);
  }
  const agrees = (column: 'project_id' | 'project_key', value: string | undefined) =>
    value === undefined ? [] : [eb.or([eb(column, '=', value), eb(column, 'is', null)])];
  return eb.and([
    sameOrganization,
    ...agrees('project_id', projectId),
    ...agrees('project_key', projectKey),
    anyEquals(eb, { project_id: projectId, project_key: projectKey }),
  ]);
}

/** Rows of one issue: its project, and its id or its key. An issue without either has no rows. */
export function aboutIssue(eb: Builder, issue: IssueReference): Condition {
  return eb.and([inProject(eb, issue), anyEquals(eb, { issue_id: issue.id, issue_key: issue.key })]);
}

function anyEquals(
  eb: Builder,
  columns: Partial<Record<'project_id' | 'project_key' | 'issue_id' | 'issue_key', string | undefined>>,
): Condition {
  const named = Object.entries(columns) as [keyof typeof columns, string | undefined][];
  return eb.or(named.flatMap(([column, value]) => (value === undefined ? [] : [eb(column, '=', value)])));
}
