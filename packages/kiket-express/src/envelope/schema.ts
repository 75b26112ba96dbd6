import * as z from 'zod';
import { DeliveryError } from '../errors.ts';
import { isObject } from '../text/values.ts';

/*
 * What Kiket posts. Its sources show the same facts in eight envelopes, so every field is optional or null, and
 * facts.ts takes each fact from the first place that has it. Other fields are kept as received, because Kiket adds
 * fields without notice.
 */

/** Not `.max()`: zod reads the `length` of any value, and throws for some of them. */
const shortText = (most: number) => z.string().regex(new RegExp(`^[^]{0,${most}}$`));
/**
 * Text that every database can store, and index: PostgreSQL doesn't accept NUL, unpaired surrogates all become the
 * same character there, and each of the 255 UTF-16 units takes up to three bytes.
 */
const isName = (text: string) => text.length <= 255 && !/[\0\p{Surrogate}]/u.test(text);
export const nameText = z.string().refine(isName);
const name = nameText.nullish();
/** A number or text. Numbers that JSON can't represent exactly are rejected. */
export const idValue = z.custom<number | string>(
  (value) => Number.isSafeInteger(value) || (typeof value === 'string' && isName(value)),
);
const id = idValue.nullish();
const time = z.union([shortText(64), z.number()]).nullish();
/** A list of texts. `z.array` has an issue for each wrong entry, and a hundred thousand of them delay everyone. */
const texts = z.custom<string[]>((value) => Array.isArray(value) && value.every((entry) => typeof entry === 'string'));
/** An email address, an id, or both. */
export const person = z.union([idValue, z.object({ id, email: name })]).nullish();

/** Checks objects and ignores anything else, because a field of this name can mean something else. */
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

/** An issue, or its bare id or key. */
const issueOrName = z.preprocess(
  (value) => (fitting(idValue, value) === undefined ? value : null),
  issueFields.nullish(),
);

const project = z.union([idValue, z.object({ id, key: name, slug: name })]).nullish();

/** Every delivery has these, including actions and commands. Their other fields can be parameters of any type. */
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
      scopes: texts.nullish(),
    })
    .nullish(),
  secrets: z.record(z.string(), z.unknown()).nullish(),
  secret_status: z.object({ missing: texts.nullish() }).nullish(),
});
export type Envelope = Checked<typeof envelopeSchema>;

/** `data` and `payload` of the webhook pages. */
const wrapped = ifObject(
  z.object({
    issue: issueOrName.optional(),
    case: issueOrName.optional(),
    transition,
    from: name,
    to: name,
    actor: person,
  }),
);

/** What events have besides. */
export const eventPartsSchema = z.object({
  project,
  issue: issueOrName.optional(),
  transition,
  data: wrapped,
  payload: wrapped,
  case: ifObject(issueFields),
  // Older webhooks have the issue and its move at the top level.
  issue_id: id,
  previous_status: name,
  to_status: name,
});

/** Events with more guaranteed fields. */
export const eventSchemas: Readonly<Record<string, z.ZodType>> = {
  'board.generated': z.object({ board: z.object({ id, name, generated_at: time }) }),
  'analytics.metric_alert': z.object({
    metric: z.object({ key: nameText, value: z.number().nullish(), threshold: z.number().nullish() }),
  }),
};

/** A value that matches a schema, plus its other fields. */
export type Checked<Schema extends z.ZodType> = z.infer<Schema> & Readonly<Record<string, unknown>>;

/** Returns a valid value unchanged, or throws a {@link DeliveryError} that names the invalid fields. */
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
