import color from 'picocolors';
import type { Card, Snapshot } from '../board.ts';
import type { Ask } from './connection.ts';

/** Everything about one issue. */
export interface Shown {
  issue: Omit<Card, 'waiting' | 'rows'>;
  waiting: Card['waiting'];
  rows: Card['rows'];
}

/** Gets one issue from a sandbox. */
export async function readIssue(ask: Ask, name: string): Promise<Shown> {
  const { issues } = await ask<Snapshot>('GET', '/state');
  const found = issues.find(({ id, key }) => key === name || String(id) === name);
  if (found === undefined) {
    throw new Error(`Unknown issue ${name}. Available: ${issues.map(({ key }) => key).join(', ')}.`);
  }
  const { waiting, rows, ...issue } = found;
  return { issue, waiting, rows };
}

/** An issue with its fields, waiting move, comments and rows. */
export function printIssue({ issue, waiting, rows }: Shown): string {
  const { key, status, title, assignee, issue_type: type, priority, labels, custom_fields: custom, comments } = issue;
  const fields = { title, assignee: assignee?.name ?? 'none', type, priority, labels: labels.join(', '), ...custom };
  const texts = comments.map(({ author, body }) => `${author?.name ?? 'the extension'}: ${body}`);
  const kept = rows.map(({ table, record }) => `${table}: ${JSON.stringify(record)}`);
  const waits = waiting === null ? [] : [`waits to move to ${waiting.to}: ${waiting.message}`];
  return [
    `${color.bold(key)}  ${status}`,
    ...waits,
    ...Object.entries(fields).map(([name, value]) =>
      `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`.trimEnd(),
    ),
    ...list('comments', texts),
    ...list('rows', kept),
    '',
  ].join('\n');
}

function list(name: string, lines: readonly string[]): string[] {
  return [`${name}: ${lines.length}`, ...lines.map((line) => `  ${line}`)];
}
