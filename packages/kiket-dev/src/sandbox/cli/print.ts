import Table from 'cli-table3';
import color from 'picocolors';
import type { ActionResult } from '../actions.ts';
import type { Card } from '../board.ts';
import type { Delivery } from '../deliveryLog.ts';
import { parseObject } from '../decision.ts';
import { faultsSchema, type Faults } from '../faults.ts';
import type { Outcome } from '../workflow.ts';

/** A status in its color, on a terminal. */
export function paint(status: string): string {
  if (/^(?:allow|success|delivered|saved|done)$/.test(status)) return color.green(status);
  return /^(?:deny|error|failed)$/.test(status) ? color.red(status) : color.yellow(status);
}

/** The outcome of a move. */
export function printOutcome({ issue, to, status, message }: Outcome): string {
  const outcomes = { allow: `moved to ${to}`, pending: `waits to move to ${to}`, deny: `stays in ${issue.status}` };
  return `${paint(status)}  ${issue.key} ${outcomes[status]}\n${message === null ? '' : `${message}\n`}`;
}

/** An action's answer, and the outcome of the moves that waited for it. */
export function printAction({ http, answer, error, moves, refusal }: ActionResult): string {
  if (answer === null) return `${color.red('no answer')}  ${error ?? `HTTP ${String(http)}`}\n`;
  const { status = `HTTP ${String(http)}`, message = JSON.stringify(answer) } = answer as {
    status?: string;
    message?: string;
  };
  return `${paint(status)}  ${message}\n${moves.map(printOutcome).join('')}${refusal === null ? '' : `${refusal}\n`}`;
}

/** The issues and their waiting moves. */
export function printIssues(issues: readonly Card[]): string {
  const table = plainTable(['issue', 'status', 'assignee', 'title', 'waits']);
  for (const { key, status, assignee, title, waiting } of issues) {
    table.push([key, status, assignee?.name ?? '', title, waiting === null ? '' : `to move to ${waiting.to}`]);
  }
  return `${trimEnds(table.toString())}\n`;
}

/** The deliveries, one per line. */
export function printDeliveries(deliveries: readonly Delivery[]): string {
  if (deliveries.length === 0) return 'Nothing has been delivered yet.\n';
  const table = plainTable(['delivery', 'event', 'state', 'attempts', 'HTTP', 'answer', 'ms']);
  for (const { id, event, state, attempts } of deliveries) {
    const latest = attempts.at(-1);
    const answered = parseObject(latest?.answer ?? '')?.['status'];
    const answer = typeof answered === 'string' ? paint(answered) : (latest?.error ?? '');
    const { status = null, milliseconds = '' } = latest ?? {};
    table.push([id, event, paint(state), attempts.length, status ?? '', answer, milliseconds]);
  }
  return `${trimEnds(table.toString())}\n`;
}

/** One delivery with everything sent and received. */
export function printDelivery({ id, event, state, next_attempt_at: next, attempts }: Delivery): string {
  const soon = next === null ? '' : `, next attempt at ${next}`;
  const parts = attempts.map(({ number, sent_at: at, url, headers, body, status, answer, error, milliseconds }) => {
    const sent = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
    const received = `${status === null ? 'no answer' : `HTTP ${status}`} after ${milliseconds} ms`;
    return [
      color.bold(`Attempt ${number} at ${at}`),
      `POST ${url}`,
      ...sent,
      indent(body),
      received,
      indent(answer ?? error ?? ''),
    ].join('\n');
  });
  return `${color.bold(id)}  ${event}  ${paint(state)}${soon}\n\n${parts.join('\n\n')}\n`;
}

/** Every fault, its value and its effect. */
export function printFaults(faults: Faults): string {
  const table = plainTable(['fault', 'value', 'effect']);
  for (const [name, schema] of Object.entries(faultsSchema.shape)) {
    const position = faults[name as keyof Faults];
    const isOff = position === faultsSchema.parse({})[name as keyof Faults];
    const { unit = '' } = schema.meta() as { unit?: string };
    const text = typeof position === 'boolean' ? (position ? 'on' : 'off') : `${position} ${unit}`.trim();
    table.push([name, isOff ? text : color.yellow(text), schema.description ?? '']);
  }
  return `${trimEnds(table.toString())}\n`;
}

/** JSON, formatted for reading. */
function indent(text: string): string {
  const value = parseObject(text);
  return (value === undefined ? text : JSON.stringify(value, null, 2)).replaceAll(/^/gm, '  ');
}

function plainTable(head: string[]) {
  const sides = ['top', 'bottom', 'left', 'right', 'mid'];
  const names = sides.flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`]);
  const chars = { ...Object.fromEntries(names.map((name) => [name, ''])), middle: ' ' };
  return new Table({ head, chars, style: { head: [], border: [], compact: true } });
}

function trimEnds(text: string): string {
  return text.replaceAll(/[ ]+$/gm, '');
}
