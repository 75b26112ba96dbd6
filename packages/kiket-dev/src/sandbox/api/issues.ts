import * as z from 'zod';
import { addComment, listComments } from '../comments.ts';
import { findIssue, insertIssue, issueChangesSchema, listIssues, newIssueSchema, updateIssue } from '../issues.ts';
import { Refusal } from '../refusal.ts';
import { subjectOf, type Workflow } from '../workflow.ts';
import { endpoint, type ApiDependencies, type Call, type Endpoint } from './endpoint.ts';

const pageSchema = z.object({
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(1).max(100).default(25),
  status: z.string().optional(),
  project_id: z.coerce.number().int().optional(),
});

/** Issues, their comments and their moves. A runtime token reaches those of its own project. */
export function issueEndpoints({ platform, workflow }: ApiDependencies): Endpoint[] {
  const { database } = platform;
  const find = ({ params, caller }: Call) => findIssue(database, params['key'] ?? '', caller.projectId);

  return [
    endpoint('get', '/ext/issues', 'issues:read', async ({ query, caller }) => {
      const { page, per_page, status, project_id: projectId = caller.projectId } = pageSchema.parse(query);
      requireProject(caller, projectId);
      const all = await listIssues(database, projectId);
      const matching = all.filter((issue) => status === undefined || issue.status === status);
      const issues = matching.slice((page - 1) * per_page, page * per_page);
      const total = { total_pages: Math.ceil(matching.length / per_page), total_count: matching.length };
      return { body: { issues, pagination: { page, per_page, ...total } } };
    }),
    endpoint('get', '/ext/issues/:key', 'issues:read', async (call) => ({ body: await find(call) })),
    endpoint('post', '/ext/issues', 'issues:write', async ({ body, caller }) => {
      const { issue: given } = z.object({ issue: newIssueSchema }).parse(body);
      const project = await database
        .selectFrom('projects')
        .select('id')
        .where('key', '=', given.project_key)
        .executeTakeFirst();
      if (project !== undefined) requireProject(caller, project.id);
      const issue = await insertIssue(database, given, platform.now());
      await workflow.report('issue.created', await subjectOf(platform, issue, undefined));
      return { status: 201, body: issue };
    }),
    endpoint('patch', '/ext/issues/:key', 'issues:write', async (call) => {
      const { issue: changes } = z.object({ issue: issueChangesSchema }).parse(call.body);
      const issue = await updateIssue(database, await find(call), changes, platform.now());
      await workflow.report('issue.updated', await subjectOf(platform, issue, undefined));
      return { body: issue };
    }),
    endpoint('post', '/ext/issues/:key/transitions', 'issues:write', async (call) => {
      const { transition: to } = z.object({ transition: z.string() }).parse(call.body);
      return { body: await moveOrRefuse(workflow, { issue: await find(call), to, user: undefined }) };
    }),
    endpoint('get', '/ext/issues/:key/comments', 'comments:read', async (call) => ({
      body: { comments: await listComments(database, await find(call)) },
    })),
    endpoint('post', '/ext/issues/:key/comments', 'comments:write', async (call) => {
      const { comment } = z.object({ comment: z.object({ body: z.string().trim().min(1) }) }).parse(call.body);
      const issue = await find(call);
      const added = await addComment(database, issue, comment.body, platform.now());
      await workflow.report('comment.created', await subjectOf(platform, issue, undefined));
      return { status: 201, body: added };
    }),
  ];
}

/** Throws a {@link Refusal} unless the credential reaches the project. */
export function requireProject(caller: Call['caller'], projectId: number | undefined): void {
  if (caller.projectId === undefined || caller.projectId === projectId) return;
  throw new Refusal(403, 'PROJECT_FORBIDDEN', `The token is only for project ${caller.projectId}.`);
}

async function moveOrRefuse(workflow: Workflow, move: Parameters<Workflow['move']>[0]) {
  const { status, message, issue } = await workflow.move(move);
  if (status === 'allow') return issue;
  throw new Refusal(422, 'WORKFLOW_TRANSITION_GUARD_FAILED', message ?? 'A guard denied the move.');
}
