import { canonicalEvent } from '../../../kiket-express/src/receive/events.ts';

/** The events of Kiket itself, by what they are about. Extensions have events of their own, about other things. */
const events: Readonly<Record<string, readonly string[]>> = {
  issue: ['created', 'updated', 'transitioned', 'assigned', 'commented', 'status_changed', 'closed'],
  comment: ['created', 'added'],
  workflow: [
    'before_transition',
    'after_transition',
    'triggered',
    'sla_status',
    'sla_breach',
    'synced',
    'updated',
    'issue.transitioned',
    'issue.assignment.updated',
    'approval.requested',
    'approval.resolved',
  ],
  sla: ['warning', 'breach'],
  approval: ['requested', 'granted', 'denied', 'decided'],
  board: ['generated'],
  analytics: ['metric_alert'],
  automation: ['triggered', 'dispatch'],
};

const all = Object.entries(events).flatMap(([about, names]) => names.map((name) => `${about}.${name}`));
const known = new Set(all.map((name) => canonicalEvent(name, new Map())));

/** Whether it is about something of Kiket's, and Kiket's sources know no such event. */
export function isUnknownEvent(name: string): boolean {
  const canonical = canonicalEvent(name, new Map());
  return Object.hasOwn(events, canonical.split('.')[0] ?? '') && canonical.includes('.') && !known.has(canonical);
}

/** Kiket's events about the same thing, for people who look for the right one. */
export function eventsLike(name: string): readonly string[] {
  const about = canonicalEvent(name, new Map()).split('.')[0] ?? '';
  return all.filter((each) => each.startsWith(`${about}.`));
}
