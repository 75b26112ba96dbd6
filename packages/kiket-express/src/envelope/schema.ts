import * as z from 'zod';
import { DeliveryError } from '../errors.ts';
import { isObject } from '../text/values.ts';

/*
 * What Kiket posts. Its sources show the same facts in seven envelopes, so every field may be left out or null, and facts.ts
 * takes each fact from the first place that has it. What is not named here is kept as it came: Kiket adds fields without notice.
 */

/** No `.max()`: zod looks at the `length` of whatever is there, and throws at some of it. */
const shortText = (most: number) => z.string().regex(new RegExp(`^[^]{0,${most}}$`));
/** Text that every database can keep: NUL is no character to PostgreSQL. */
const isName = /^[^\0]{0,255}$/;
export const nameText = z.string().regex(isName);
const name = nameText.nullish();
/** A number or text. A number that JSON cannot carry exactly is refused. */
export const idValue = z.custom<number | string>(
  (value) => Number.isSafeInteger(value) || (typeof value === 'string' && isName.test(value)),
);
const id = idValue.nullish();
const time = z.union([shortText(64), z.number()]).nullish();
/** An e-mail address, an id, or both. */
export const person = z.union([idValue, z.object({ id, email: name })]).nullish();

/** Checks an object, and passes over anything else: a field of this name may mean something else. */
const ifObject = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (isObject(value) ? value : undefined), schema.optional()).optional();

export const transition = z.object({ from: name, to: name, performed_by: person }).nullish();

const issueFields = z.object({
  id,
  key: name,
  title: z.string().nullish(),
  status: name,
  currentStateKey: name,
  project_id: id,
  organization_id: id,
  transition: ifObject(transition),
});

const project = z.union([idValue, z.object({ id, key: name, slug: name })]).nullish();

/** Every delivery has these, also an action or a command: what else those bring may be a parameter, of any type. */
export const envelopeSchema = z.object({
  event: name,
  event_type: name,
  event_version: z.union([shortText(32), z.number()]).nullish(),
  action_key: name,
  occurred_at: time,
  createdAt: time,
  received_at: time,
  organization_id: id,
  organizationId: id,
  workspaceId: id,
  organization: z.union([idValue, z.object({ id, subdomain: name })]).nullish(),
  project_id: id,
  projectKey: name,
  context: z.object({ project, issue: z.union([idValue, issueFields]).nullish(), user: person, user_id: id }).nullish(),
  authentication: z
    .object({
      token_type: z.string().nullish(),
      runtime_token: z.string().nullish(),
      expires_at: time,
      scopes: z.array(z.string()).nullish(),
    })
    .nullish(),
  secrets: z.record(z.string(), z.unknown()).nullish(),
  secret_status: z.object({ missing: z.array(z.string()).nullish() }).nullish(),
});
export type Envelope = Checked<typeof envelopeSchema>;

/** `data` and `payload` of the webhook pages. */
const wrapped = ifObject(
  z.object({
    issue: issueFields.nullish(),
    case: issueFields.nullish(),
    transition,
    from: name,
    to: name,
    actor: person,
  }),
);

/** What events bring beside that. */
export const eventPartsSchema = z.object({
  project,
  issue: issueFields.nullish(),
  transition,
  data: wrapped,
  payload: wrapped,
  case: ifObject(issueFields),
  // Older webhooks have the issue and its move at top level.
  issue_id: id,
  previous_status: name,
  to_status: name,
});

/** Events of which a listener can rely on more. */
export const eventSchemas: Readonly<Record<string, z.ZodType>> = {
  'board.generated': z.object({ board: z.object({ id, name, generated_at: time }) }),
  'analytics.metric_alert': z.object({
    metric: z.object({ key: nameText, value: z.number().nullish(), threshold: z.number().nullish() }),
  }),
};

/** What fits a schema, and has whatever else it came with. */
export type Checked<Schema extends z.ZodType> = z.infer<Schema> & Readonly<Record<string, unknown>>;

/** Returns what fits whole and as it came, or throws a {@link DeliveryError} that names the fields that are not right. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown, place = 'body'): Checked<Schema> {
  const { error } = schema.safeParse(value);
  if (error === undefined) return value as Checked<Schema>;
  const fields = error.issues.slice(0, 3).map(({ path }) => path.join('.') || place);
  throw new DeliveryError('delivery_invalid', { cause: error, detail: `Check: ${fields.join(', ')}.` });
}

/** A value that fits; `undefined` for any other. */
export function fitting<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> | undefined {
  return schema.safeParse(value).data;
}
