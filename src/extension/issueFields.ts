import type { Issue } from '../kiket/delivery.ts';

/** Which of the fields say nothing. They may be the issue's own or among its custom fields. */
export function blankFields(issue: Pick<Issue, 'fields'>, names: readonly string[]): string[] {
  const { custom_fields: customFields } = issue.fields;
  return names.filter((name) => isBlank(ownValue(issue.fields, name)) && isBlank(ownValue(customFields, name)));
}

function ownValue(fields: unknown, name: string): unknown {
  return hasOwn(fields, name) ? fields[name] : undefined;
}

function hasOwn(fields: unknown, name: string): fields is Record<string, unknown> {
  return typeof fields === 'object' && fields !== null && Object.hasOwn(fields, name);
}

/** Which of the fields Kiket did not send at all. It may be that they are filled in. */
export function unsentFields(issue: Pick<Issue, 'fields'>, names: readonly string[]): string[] {
  const { custom_fields: customFields } = issue.fields;
  return names.filter((name) => ![issue.fields, customFields].some((fields) => hasOwn(fields, name)));
}

/** Zero and false are values; nothing, blank text and empty lists are not. */
function isBlank(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  if (Array.isArray(value)) return value.every(isBlank);
  return value === undefined || value === null;
}
