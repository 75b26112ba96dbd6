import { asRead, type Transition } from 'kiket-express';
import type { GuardianSettings } from './settings.ts';

/**
 * Whether a move enters a status that the guardian protects. One with a comma in its name is also protected where each of
 * its parts is, because quotes around a setting are easily lost.
 */
export function entersProtectedStatus({ to }: Pick<Transition, 'to'>, settings: GuardianSettings): boolean {
  const entered = fold(to);
  const isProtected = (name: string) => settings.protected_statuses.some((status) => fold(status) === name);
  return (
    isProtected(entered) || (entered.includes(',') && entered.split(',').every((part) => isProtected(part.trim())))
  );
}

/** `In Review`, `in-review` and `in_review` are one status. */
export function isSameStatus(one: string, other: string): boolean {
  return fold(one) === fold(other);
}

function fold(status: string): string {
  return asRead(status)
    .replaceAll(/[\s\p{Dash_Punctuation}\p{Connector_Punctuation}]+/gu, ' ')
    .trim();
}
