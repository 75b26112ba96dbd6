import type { Database } from './database.ts';
import type { Issue } from './issues.ts';
import { listUsers, type User } from './people.ts';

/** A comment as in the API; without an author, it's the extension's. */
export interface Comment {
  id: number;
  issue_id: number;
  body: string;
  author: User | null;
  created_at: string;
}

/** The comments of an issue, or all of them, oldest first. */
export async function listComments(database: Database, issue?: Issue): Promise<Comment[]> {
  const all = database.selectFrom('comments').selectAll().orderBy('id');
  const rows = await (issue === undefined ? all : all.where('issue_id', '=', issue.id)).execute();
  const users = await listUsers(database);
  return rows.map(({ author_id: authorId, ...row }) => ({
    ...row,
    author: users.find(({ id }) => id === authorId) ?? null,
  }));
}

/** Adds a comment by the extension. */
export async function addComment(database: Database, issue: Issue, body: string, now: Date): Promise<Comment> {
  return database
    .insertInto('comments')
    .values({ issue_id: issue.id, author_id: null, body, created_at: now.toISOString() })
    .returning(['id', 'issue_id', 'body', 'created_at'])
    .executeTakeFirstOrThrow()
    .then((row) => ({ ...row, author: null }));
}
