import color from 'picocolors';
import { paint, plainTable } from '../../plainTable.ts';
import type { ActionResult } from '../actions.ts';
import type { Card } from '../board.ts';
import type { Delivery } from '../deliveryLog.ts';
import { parseObject } from '../decision.ts';
import { faultsSchema, type Faults } from '../faults.ts';
import type { Outcome } from '../workflow.ts';

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
  const rows = issues.map(({ key, status, assignee, title, waiting }) => {
    return [key, status, assignee?.name ?? '', title, waiting === null ? '' : `to move to ${waiting.to}`];
  });
  return plainTable(['issue', 'status', 'assignee', 'title', 'waits'], rows);
}

/** The deliveries, one per line. */
export function printDeliveries(deliveries: readonly Delivery[]): string {
  if (deliveries.length === 0) return 'Nothing has been delivered yet.\n';
  const rows = deliveries.map(({ id, event, state, attempts }) => {
    const latest = attempts.at(-1);
    const answered = parseObject(latest?.answer ?? '')?.['status'];
    const answer = typeof answered === 'string' ? paint(answered) : (latest?.error ?? '');
    const { status = null, milliseconds = '' } = latest ?? {};
    return [id, event, paint(state), attempts.length, status ?? '', answer, milliseconds];
  });
  return plainTable(['delivery', 'event', 'state', 'attempts', 'HTTP', 'answer', 'ms'], rows);
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
  const rows = Object.entries(faultsSchema.shape).map(([name, schema]) => {
    const position = faults[name as keyof Faults];
    const isOff = position === faultsSchema.parse({})[name as keyof Faults];
    const { unit = '' } = schema.meta() as { unit?: string };
    const text = typeof position === 'boolean' ? (position ? 'on' : 'off') : `${position} ${unit}`.trim();
    return [name, isOff ? text : color.yellow(text), schema.description ?? ''];
  });
  return plainTable(['fault', 'value', 'effect'], rows);
}

/** JSON, formatted for reading. */
function indent(text: string): string {
  const value = parseObject(text);
  return (value === undefined ? text : JSON.stringify(value, null, 2)).replaceAll(/^/gm, '  ');
}
