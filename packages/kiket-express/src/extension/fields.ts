import type { Issue } from '../delivery.ts';
import { isBlankText } from '../text/normalize.ts';
import { DeliveryError } from '../errors.ts';
import { isObject, isPresent } from '../text/values.ts';
import type { Context, Settings } from './extension.ts';
import { optionalCall } from './optionalCall.ts';
import { KiketError } from '../client/kiketError.ts';

/** An issue whose fields can be read, wherever their values are. */
export interface ReadableIssue extends Issue {
  /**
   * The value of a field by Kiket's name for it; `undefined` if it's missing or null. Looks at the issue in the delivery
   * and its custom fields; if neither has it, asks Kiket, once per delivery. Throws a {@link DeliveryError}
   * `field_unknown` if the token doesn't allow that, and a `KiketError` if Kiket can't be reached. In a guard, the
   * failure policy then decides.
   */
  field: (name: string) => Promise<unknown>;
}

/**
 * The value of a field in the delivery. Throws a {@link DeliveryError} `field_unknown` if the delivery doesn't include
 * it.
 */
export function sentField({ fields }: Issue, name: string): unknown {
  const sent = valuesOf(fields, name);
  if (sent.length > 0) return filledIn(sent);
  throw new DeliveryError('field_unknown', { detail: `The field is ${name}.` });
}

/** Kiket's answers about issues, for the lifetime of a delivery. */
const fetched = new WeakMap<object, Map<string, Promise<Answered>>>();

/**
 * An issue's fields; `undefined` if the installation doesn't allow the call; or the error if Kiket's answer isn't
 * valid.
 */
type Answered = Issue['fields'] | KiketError | undefined;

/** Makes an issue's fields readable within one delivery. */
export function readableIssue<S extends Settings>(issue: Issue, context: Context<S>): ReadableIssue {
  const { organization, subdomain, projectId, projectKey, id, key, title, status, fields } = issue;
  const field = (name: string) => readField(issue, name, context);
  return Object.freeze({ organization, subdomain, projectId, projectKey, id, key, title, status, fields, field });
}

async function readField<S extends Settings>(issue: Issue, name: string, context: Context<S>): Promise<unknown> {
  const sent = valuesOf(issue.fields, name);
  if (sent.length > 0) return filledIn(sent);
  const { key = issue.id } = issue;
  const asked = key === undefined ? undefined : await fetchFields(key, context);
  if (asked instanceof KiketError) throw asked;
  if (asked === undefined) throw new DeliveryError('field_unknown', { detail: `The field is ${name}.` });
  return filledIn(valuesOf(asked, name));
}

/**
 * The values of a field in an issue and its custom fields. If `assignee_id` is missing, the id of `assignee` counts. An
 * id of zero means nobody.
 */
function valuesOf(issue: Issue['fields'], name: string): unknown[] {
  const record = name.replace(/_id$/, '');
  const values = [issue, issue['custom_fields']].flatMap((fields) => {
    if (!isObject(fields)) return [];
    if (Object.hasOwn(fields, name)) return [fields[name]];
    if (record === name || !Object.hasOwn(fields, record)) return [];
    const related = fields[record];
    if (related === null) return [null];
    return isObject(related) && Object.hasOwn(related, 'id') ? [related['id']] : [];
  });
  return record === name ? values : values.map((id) => (isZero(id) ? null : id));
}

function isZero(id: unknown): boolean {
  return id === 0 || (typeof id === 'string' && /^0+$/.test(id));
}

/** A field can be blank in one place and filled in in the other. */
function filledIn(values: readonly unknown[]): unknown {
  return values.find((value) => !isBlank(value)) ?? values.find(isPresent);
}

function fetchFields<S extends Settings>(key: string, context: Context<S>): Promise<Answered> {
  const { payload } = context;
  const issues = fetched.get(payload) ?? new Map<string, Promise<Answered>>();
  fetched.set(payload, issues);
  const ask = () => context.endpoints.issues.get(key).catch(returnUnreadable);
  const asking = issues.get(key) ?? optionalCall(context, 'issues:read', ask);
  issues.set(key, asking);
  return asking;
}

/** Kiket accepted the call, so no scope is missing. */
function returnUnreadable(error: unknown): KiketError {
  if (error instanceof KiketError && error.status === 200) return error;
  throw error;
}

/**
 * Whether a value is blank: invisible text, and lists and objects that contain nothing else. Zero and false are values.
 */
export function isBlank(value: unknown): boolean {
  // Not recursive: JSON may be nested 100,000 levels deep.
  const parts = [value];
  for (const part of parts) {
    if (typeof part === 'object' && part !== null) for (const inside of Object.values(part)) parts.push(inside);
    else if (typeof part === 'string' ? !isBlankText(part) : isPresent(part) && !Number.isNaN(part)) return false;
  }
  return true;
}
