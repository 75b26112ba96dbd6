import type { Transition } from '../kiket/delivery.ts';
import type { GuardianSettings } from './settings.ts';

/** Whether a move enters a status that the guardian protects. */
export function entersProtectedStatus({ to }: Pick<Transition, 'to'>, settings: GuardianSettings): boolean {
  const entered = fold(to);
  return settings.protected_statuses.some((status) => fold(status) === entered);
}

/** `In Review`, `in-review` and `in_review` are one status. */
export function isSameStatus(one: string, other: string): boolean {
  return fold(one) === fold(other);
}

function fold(status: string): string {
  return status
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');
}
