import * as z from 'zod';

/*
 * What Kiket posts, as zod schemas. Kiket's sources show seven envelopes around the same facts, so every field is
 * optional here, and delivery.ts takes each fact from the first place that has it. What is not named here is not looked
 * at and stays as it came (see `parseWith`): the platform adds fields without notice.
 */

/** Short text that every database can keep: NUL is no character to PostgreSQL. */
export const name = z.string().regex(/^[^\0]{0,255}$/);
/** Ids are numbers in some places and strings in others. A number that JSON cannot carry exactly is refused. */
const id = z.union([z.int(), name]);
/* No `.max()`: zod looks at the `length` of whatever else is there, and throws at some of it. */
const shortText = (most: number) => z.string().regex(new RegExp(`^[^]{0,${most}}$`));
const time = z.union([shortText(64), z.number()]);

/** A person: an e-mail address, an id, or both. What comes most goes first: each choice that fails costs as much as one that fits. */
export const personSchema = z.union([z.object({ id: id.nullish(), email: name.nullish() }), id]);

const projectFieldsSchema = z.object({ id: id.nullish(), key: name.nullish(), slug: name.nullish() });
/** A project: `key` in commands, `slug` on the webhook page. */
export const projectSchema = z.union([projectFieldsSchema, id]);

/** An issue, or a case, as the later name is. */
export const issueSchema = z.object({
  id: id.nullish(),
  key: name.nullish(),
  title: z.string().nullish(),
  status: name.nullish(),
  currentStateKey: name.nullish(),
  project_id: id.nullish(),
  organization_id: id.nullish(),
});

/** A move from one status to another. */
export const transitionSchema = z.object({
  from: name.nullish(),
  to: name.nullish(),
  performed_by: personSchema.nullish(),
});

/** The short-lived token of a delivery; the guide's section 5. */
export const authenticationSchema = z.object({
  token_type: z.string().nullish(),
  runtime_token: z.string().nullish(),
  expires_at: time.nullish(),
  scopes: z.array(z.string()).nullish(),
});

/** Who pressed the button, and on what: comes with actions; the guide's "Exposing Actions". */
export const contextSchema = z.object({
  project: projectFieldsSchema.nullish(),
  issue: issueSchema.nullish(),
  user: personSchema.nullish(),
  user_id: id.nullish(),
});

/** `data` of the webhook page (`issue` + `transition`) and of the 2026 pages (`issue` or `case`, `from`, `to`, `actor`). */
export const dataSchema = z.object({
  issue: issueSchema.nullish(),
  case: issueSchema.nullish(),
  transition: transitionSchema.nullish(),
  from: name.nullish(),
  to: name.nullish(),
  actor: personSchema.nullish(),
});

/** Older webhooks put the issue and its move at top level. */
export const flatSchema = z.object({
  issue_id: id.nullish(),
  previous_status: name.nullish(),
  to_status: name.nullish(),
});

/** Every delivery: the delivery contract, CLI replays, webhook pages, actions and commands in one. */
export const envelopeSchema = z.object({
  // Which event.
  event: name.nullish(),
  event_type: name.nullish(),
  event_version: z.union([shortText(32), z.number()]).nullish(),
  action_key: name.nullish(),

  // When.
  occurred_at: time.nullish(),
  createdAt: time.nullish(),
  received_at: time.nullish(),

  // Whose.
  organization_id: id.nullish(),
  organizationId: id.nullish(),
  workspaceId: id.nullish(),
  organization: z.union([id, z.object({ id: id.nullish(), subdomain: name.nullish() })]).nullish(),
  project_id: id.nullish(),
  projectKey: name.nullish(),

  // Who asks, about what.
  context: contextSchema.nullish(),

  // What the delivery brings along.
  authentication: authenticationSchema.nullish(),
  secrets: z.record(z.string(), z.unknown()).nullish(),
  secret_status: z.object({ missing: z.array(z.string()).nullish() }).nullish(),
});

/**
 * A delivery as it is on the wire. `id`, `type`, `timestamp`, `project`, `issue`, `case`, `transition`, `data`, `payload`,
 * `author` and the fields of a flat issue may be a command's parameters, which have any name and type: facts.ts checks
 * them when they are none.
 */
export type Envelope = Checked<typeof envelopeSchema>;

/** What fits a schema, and has whatever else it came with. */
export type Checked<Schema extends z.ZodType> = z.infer<Schema> & Readonly<Record<string, unknown>>;

/** A board was computed anew (`board.generated`). */
export const boardGeneratedSchema = z.object({
  board: z.object({ id: id.nullish(), name: name.nullish(), generated_at: time.nullish() }),
});

/** A metric crossed its threshold (`analytics.metric_alert`). */
export const metricAlertSchema = z.object({
  metric: z.object({ key: name, value: z.number().nullish(), threshold: z.number().nullish() }),
});

/** Events whose body has more to it than the envelope. A listener for one of them can rely on its shape. */
export const eventSchemas: Readonly<Record<string, z.ZodType>> = {
  'board.generated': boardGeneratedSchema,
  'analytics.metric_alert': metricAlertSchema,
};
