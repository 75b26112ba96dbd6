import type { Decision } from './decision.ts';
import type { Issue } from './issues.ts';
import type { User } from './people.ts';
import type { Platform } from './platform.ts';

/** A requested move; without a user, the extension requested it. */
export interface Move {
  issue: Issue;
  to: string;
  user: User | undefined;
}

/** Stores a move until its guards are asked again. */
export async function keepWaiting(
  { database, now }: Platform,
  { issue, to, user }: Move,
  { message, metadata }: Decision,
): Promise<void> {
  await database
    .insertInto('waiting_moves')
    .values({
      issue_id: issue.id,
      to_status: to,
      user_id: user?.id ?? null,
      message: message ?? '',
      metadata: JSON.stringify(metadata),
      since: now().toISOString(),
    })
    .execute();
}

/** The waiting move of an issue, if any. */
export async function findWaiting({ database }: Platform, issue: Issue): Promise<Move | undefined> {
  const waiting = await database
    .selectFrom('waiting_moves')
    .leftJoin('users', 'users.id', 'waiting_moves.user_id')
    .select(['to_status', 'users.id', 'users.email', 'users.name'])
    .where('issue_id', '=', issue.id)
    .executeTakeFirst();
  if (waiting === undefined) return undefined;
  const { to_status: to, id, email, name } = waiting;
  return { issue, to, user: id === null || email === null || name === null ? undefined : { id, email, name } };
}
