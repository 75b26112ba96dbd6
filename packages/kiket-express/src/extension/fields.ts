import type { Issue } from '../receive/delivery.ts';
import { isBlankText } from '../receive/asRead.ts';
import { DeliveryError } from '../receive/errors.ts';
import { isPresent } from '../receive/text.ts';
import type { Context, Settings } from './extension.ts';
import { callIfAllowed } from './ifAllowed.ts';

/** An issue whose fields can be read wherever they are. */
export interface ReadableIssue extends Issue {
  /**
   * The value of a field by Kiket's name for it, `undefined` where nobody has filled it in. Looks at the issue as it was sent
   * and at its custom fields; where neither has it, asks Kiket, once for each delivery. Throws a {@link DeliveryError}
   * `field_unknown` where the token does not let us ask, and a `KiketError` where Kiket cannot be reached: a guard then answers
   * by the failure policy.
   */
  field: (name: string) => Promise<unknown>;
}

/** What Kiket said of an issue when it was asked, for as long as the delivery lives. */
const fetched = new WeakMap<object, Map<string, Promise<Issue['fields'] | undefined>>>();

/** Lets an issue's fields be read within one delivery. */
export function readableIssue<S extends Settings>(issue: Issue, context: Context<S>): ReadableIssue {
  const { organization, projectId, projectKey, id, key, title, status } = issue;
  // Own properties, so that `{ ...issue }` is one too. Its fields, which may be many, cost nothing until somebody looks at them.
  return Object.freeze({
    organization,
    projectId,
    projectKey,
    id,
    key,
    title,
    status,
    get fields() {
      return issue.fields;
    },
    field: (name: string) => readField(issue, name, context),
  });
}

async function readField<S extends Settings>(issue: Issue, name: string, context: Context<S>): Promise<unknown> {
  const places = [issue.fields, issue.fields['custom_fields']];
  const sent = places.filter((fields) => hasOwn(fields, name));
  if (sent.length > 0) return filledIn(sent, name);
  const { key = issue.id } = issue;
  const asked = key === undefined ? undefined : await fetchFields(key, context);
  if (asked === undefined) throw new DeliveryError('field_unknown', { detail: `The field is ${name}.` });
  return filledIn([asked, asked['custom_fields']], name);
}

/** A field may be blank in one place and filled in at the other. */
function filledIn(places: readonly unknown[], name: string): unknown {
  const values = places.map((fields) => ownValue(fields, name) ?? undefined);
  return values.find((value) => !isBlank(value)) ?? values.find((value) => value !== undefined);
}

function fetchFields<S extends Settings>(key: string, context: Context<S>): Promise<Issue['fields'] | undefined> {
  const { payload } = context;
  const issues = fetched.get(payload) ?? new Map<string, Promise<Issue['fields'] | undefined>>();
  fetched.set(payload, issues);
  const asking =
    issues.get(key) ??
    callIfAllowed(context, 'issues:read', async () => withIds(await context.endpoints.issues.get(key)));
  issues.set(key, asking);
  return asking;
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

/** Whether a field holds nothing: zero and false are values; text that shows nothing, and what has nothing else in it, are not. */
export function isBlank(value: unknown): boolean {
  // Not recursive: JSON may be nested 100,000 levels deep.
  const parts = [value];
  for (const part of parts) {
    if (typeof part === 'object' && part !== null) for (const inside of Object.values(part)) parts.push(inside);
    else if (typeof part === 'string' ? !isBlankText(part) : isPresent(part) && !Number.isNaN(part)) return false;
  }
  return true;
}
