import color from 'picocolors';
import type { Board } from '../board.ts';
import type { Comment } from '../comments.ts';
import type { Issue } from '../issues.ts';
import type { Records } from '../records.ts';
import type { Ask } from './connection.ts';

/** All that there is to know about one issue. */
export interface Shown {
  issue: Issue & { comments: Comment[] };
  waiting: Board['issues'][number]['waiting'];
  /** Rows of custom data that name the issue. */
  rows: Records['custom_data'];
}

/** Asks a sandbox about one issue. */
export async function readIssue(ask: Ask, key: string): Promise<Shown> {
  const issue = await ask<Shown['issue']>('GET', `/issues/${encodeURIComponent(key)}`);
  const board = await ask<Board>('GET', '/board');
  const records = await ask<Records>('GET', '/records');
  const names = [issue.key, String(issue.id)];
  const rows = records.custom_data.filter(({ record }) => {
    const { issue_id: id, issue_key: named } = record as Record<string, unknown>;
    return [id, named].some((each) => names.includes(String(each)));
  });
  return { issue, waiting: board.issues.find(({ id }) => id === issue.id)?.waiting ?? null, rows };
}

/** An issue with its fields, what it waits for, its comments and the rows about it. */
export function printIssue({ issue, waiting, rows }: Shown): string {
  const { key, status, title, assignee, issue_type: type, priority, labels, custom_fields: custom, comments } = issue;
  const fields = { title, assignee: assignee?.name ?? 'nobody', type, priority, labels: labels.join(', '), ...custom };
  const said = comments.map(({ author, body }) => `${author?.name ?? 'the extension'}: ${body}`);
  const kept = rows.map(({ table, record }) => `${table}: ${JSON.stringify(record)}`);
  const waits = waiting === null ? [] : [`waits to go to ${waiting.to}: ${waiting.message}`];
  return [
    `${color.bold(key)}  ${status}`,
    ...waits,
    ...Object.entries(fields).map(([name, value]) =>
      `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`.trimEnd(),
    ),
    ...list('comments', said),
    ...list('rows', kept),
    '',
  ].join('\n');
}

function list(name: string, lines: readonly string[]): string[] {
  return [`${name}: ${lines.length}`, ...lines.map((line) => `  ${line}`)];
}
