import type { Selectable } from 'kysely';
import * as z from 'zod';
import type { Database, Tables } from './database.ts';
import type { User } from './people.ts';
import { Refusal } from './refusal.ts';

/** An issue with its field names in the API. */
export type Issue = Omit<Selectable<Tables['issues']>, 'labels' | 'custom_fields'> & {
  organization_id: number;
  labels: string[];
  custom_fields: Record<string, unknown>;
  assignee: User | null;
};

const fields = {
  title: z.string().trim().min(1, "can't be empty"),
  description: z.string().nullable(),
  issue_type: z.string().min(1),
  priority: z.string().min(1),
  assignee_id: z.int().nullable(),
  labels: z.array(z.string()),
  custom_fields: z.record(z.string(), z.unknown()),
};

/** The fields of a new issue. */
export const newIssueSchema = z
  .strictObject({ ...fields, project_key: z.string() })
  .partial()
  .required({ title: true, project_key: true });

/** The fields that can be changed. Only a transition changes the status. */
export const issueChangesSchema = z.strictObject(fields).partial();

/** Every issue, or those of one project, by id. */
export async function listIssues(database: Database, projectId?: number): Promise<Issue[]> {
  const query = database
    .selectFrom('issues')
    .innerJoin('projects', 'projects.id', 'issues.project_id')
    .selectAll('issues')
    .select('projects.organization_id')
    .orderBy('issues.id');
  const rows = await (projectId === undefined ? query : query.where('project_id', '=', projectId)).execute();
  const users = await database.selectFrom('users').selectAll().execute();
  return rows.map((row) => describe(row, users));
}

/**
 * Finds an issue by its key or id, or throws a {@link Refusal}. Only finds issues of the project `projectId`, if it's
 * given.
 */
export async function findIssue(database: Database, name: string, projectId?: number): Promise<Issue> {
  const issues = await listIssues(database, projectId);
  const issue = issues.find(({ id, key }) => key === name || String(id) === name);
  if (issue !== undefined) return issue;
  const known = issues.map(({ key }) => key).join(', ');
  throw new Refusal(404, 'ISSUE_NOT_FOUND', `Unknown issue ${name}. Available: ${known}.`);
}

/** Adds an issue to the first state of its project. */
export async function insertIssue(
  database: Database,
  { project_key: projectKey, ...given }: z.infer<typeof newIssueSchema>,
  now: Date,
): Promise<Issue> {
  const project = await database.selectFrom('projects').selectAll().where('key', '=', projectKey).executeTakeFirst();
  if (project === undefined) throw new Refusal(422, 'PROJECT_NOT_FOUND', `Unknown project ${projectKey}.`);
  await requireUser(database, given.assignee_id);
  const first = await database
    .selectFrom('states')
    .select('key')
    .where('project_id', '=', project.id)
    .orderBy('position')
    .executeTakeFirstOrThrow();
  const siblings = await listIssues(database, project.id);
  const number = Math.max(0, ...siblings.map(({ key }) => Number(key.slice(key.lastIndexOf('-') + 1)))) + 1;
  const key = `${projectKey}-${number}`;
  await database
    .insertInto('issues')
    .values({
      title: given.title,
      description: given.description ?? null,
      issue_type: given.issue_type ?? 'feature',
      priority: given.priority ?? 'medium',
      assignee_id: given.assignee_id ?? null,
      labels: JSON.stringify(given.labels ?? []),
      custom_fields: JSON.stringify(given.custom_fields ?? {}),
      key,
      project_id: project.id,
      status: first.key,
      created_at: now.toISOString(),
      updated_at: now.toISOString(),
    })
    .execute();
  return findIssue(database, key);
}

/** Changes the given fields. Custom fields are merged, and `null` removes one. */
export async function updateIssue(
  database: Database,
  issue: Issue,
  { labels, custom_fields: customFields, ...rest }: z.infer<typeof issueChangesSchema>,
  now: Date,
): Promise<Issue> {
  await requireUser(database, rest.assignee_id);
  const custom = Object.entries({ ...issue.custom_fields, ...customFields }).filter(([, value]) => value !== null);
  await database
    .updateTable('issues')
    .set({
      ...rest,
      ...(labels === undefined ? {} : { labels: JSON.stringify(labels) }),
      custom_fields: JSON.stringify(Object.fromEntries(custom)),
      updated_at: now.toISOString(),
    })
    .where('id', '=', issue.id)
    .execute();
  return findIssue(database, issue.key);
}

async function requireUser(database: Database, id: number | null | undefined): Promise<void> {
  if (id === undefined || id === null) return;
  const user = await database.selectFrom('users').select('id').where('id', '=', id).executeTakeFirst();
  if (user === undefined) throw new Refusal(422, 'USER_NOT_FOUND', `Unknown person: assignee_id ${id}.`);
}

function describe(row: Selectable<Tables['issues']> & { organization_id: number }, users: readonly User[]): Issue {
  return {
    ...row,
    labels: JSON.parse(row.labels) as string[],
    custom_fields: JSON.parse(row.custom_fields) as Record<string, unknown>,
    assignee: users.find(({ id }) => id === row.assignee_id) ?? null,
  };
}
