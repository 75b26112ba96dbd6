import { type Context, isBlankText, isPresent, type Issue } from 'kiket-express';
import { callIfAllowed } from './callIfAllowed.ts';

/** Which of the fields say nothing. They may be the issue's own or among its custom fields. */
export function blankFields(issue: Pick<Issue, 'fields'>, names: readonly string[]): string[] {
  const { custom_fields: customFields } = issue.fields;
  return names.filter((name) => isBlank(ownValue(issue.fields, name)) && isBlank(ownValue(customFields, name)));
}

/** Which of the fields Kiket did not send at all. It may be that they are filled in. */
export function unsentFields(issue: Pick<Issue, 'fields'>, names: readonly string[]): string[] {
  const { custom_fields: customFields } = issue.fields;
  return names.filter((name) => ![issue.fields, customFields].some((fields) => hasOwn(fields, name)));
}

/**
 * The fields of an issue: as they were sent, and where some of `names` were not, as Kiket tells them when asked. Those
 * stay unknown where the installation does not let us ask. Throws a `KiketError` if Kiket cannot be reached.
 */
export async function knownFields(
  issue: Issue,
  names: readonly string[],
  context: Pick<Context, 'auth' | 'endpoints' | 'log'>,
): Promise<Issue['fields']> {
  const { key = issue.id, fields } = issue;
  if (key === undefined || unsentFields(issue, names).length === 0) return fields;
  const fetched = await callIfAllowed(context, 'issues:read', () => context.endpoints.issues.get(key));
  const { custom_fields: sent } = fields;
  const custom = { custom_fields: { ...asObject(fetched?.['custom_fields']), ...asObject(sent) } };
  return { ...withIds(fetched ?? {}), ...fields, ...custom };
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

/** The API says `assignee: { id: 19 }`, or null, where deliveries say `assignee_id: 19`. */
function withIds(fields: Issue['fields']): Issue['fields'] {
  const related = Object.entries(fields).filter(([, value]) => typeof value === 'object' && !Array.isArray(value));
  return { ...Object.fromEntries(related.map(([name, value]) => [`${name}_id`, ownValue(value, 'id')])), ...fields };
}

function ownValue(fields: unknown, name: string): unknown {
  return hasOwn(fields, name) ? fields[name] : undefined;
}

function hasOwn(fields: unknown, name: string): fields is Record<string, unknown> {
  return typeof fields === 'object' && fields !== null && Object.hasOwn(fields, name);
}

/** Zero and false are values. Nothing, text that shows nothing, and what has nothing else in it are not. */
function isBlank(value: unknown): boolean {
  // Not recursive: JSON may be nested 100,000 levels deep.
  const parts = [value];
  for (const part of parts) {
    if (typeof part === 'object' && part !== null) for (const inside of Object.values(part)) parts.push(inside);
    else if (typeof part === 'string' ? !isBlankText(part) : isPresent(part) && !Number.isNaN(part)) return false;
  }
  return true;
}
