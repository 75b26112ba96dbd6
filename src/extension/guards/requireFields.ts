import { allow, deny } from '../../kiket/decision.ts';
import type { Issue } from '../../kiket/delivery.ts';
import type { Guard } from '../../kiket/extension.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** An issue that enters a protected status has its required fields filled in. */
export const requireFields: Guard<GuardianSettings> = (transition, { settings }) => {
  if (!entersProtectedStatus(transition, settings)) return allow();
  const missing = blankFields(transition.issue, settings.required_fields);
  if (missing.length === 0) return allow();
  return deny(`Fill in ${missing.join(', ')} before this issue moves to "${transition.to}".`, {
    data: { missing_fields: missing },
  });
};

/** Which of the fields say nothing. They may be the issue's own or among its custom fields. */
export function blankFields(issue: Pick<Issue, 'fields'>, names: readonly string[]): string[] {
  const { custom_fields: customFields } = issue.fields;
  return names.filter((name) => isBlank(ownValue(issue.fields, name)) && isBlank(ownValue(customFields, name)));
}

function ownValue(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null && Object.hasOwn(object, name)
    ? (object as Record<string, unknown>)[name]
    : undefined;
}

/** Zero and false are values; nothing, blank text and empty lists are not. */
function isBlank(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  if (Array.isArray(value)) return value.every(isBlank);
  return value === undefined || value === null;
}
