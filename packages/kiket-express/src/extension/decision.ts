import * as z from 'zod';
import { isBlankText } from '../text/normalize.ts';
import { DeliveryError, problems, type ProblemCode } from '../errors.ts';
import { extensionResponseSchema, type ExtensionResponse } from '../schemas.ts';

/** What a guard answers. The SDK's `ExtensionResponse`, so that guards written for the SDK move over. */
export type Decision = ExtensionResponse;

/** Lets the issue move. `data` becomes `metadata`. */
export function allow({
  message,
  data,
  outputFields,
}: { message?: string; data?: Record<string, unknown>; outputFields?: Record<string, string> } = {}): Decision {
  return {
    status: 'allow',
    ...(message === undefined ? {} : { message }),
    metadata: { ...data, ...(outputFields === undefined ? {} : { output_fields: outputFields }) },
  };
}

/**
 * Cancels the move. Kiket shows the message as an error: one or two plain sentences that say what to do.
 *
 * @param options `data` becomes `metadata`; `passes` in it says when the move would pass, as the end of a sentence
 * (`with 1 more approval`), and goes with this guard's reason
 */
export function deny(message: string, { data }: { data?: Record<string, unknown> } = {}): Decision {
  return { status: 'deny', message, metadata: { ...data } };
}

/** Blocks the move until approvals resolve. Kiket shows the message. The options are those of {@link deny}. */
export function pending(message: string, { data }: { data?: Record<string, unknown> } = {}): Decision {
  return { status: 'pending', message, metadata: { ...data } };
}

/**
 * The decision for a guard that couldn't decide. Under the policy `allow` it's marked as degraded.
 *
 * @param who the guard that could not decide
 * @param failurePolicy what the extension's setting says
 */
export function failedDecision(who: string, code: ProblemCode, failurePolicy: 'allow' | 'deny'): Decision {
  const reason = `${who} couldn't decide (${code})`;
  // Without guards, nothing decided, so the policy doesn't apply.
  if (failurePolicy === 'allow' && code !== 'guard_missing') {
    const data = { degraded: true };
    return allow({ message: `${reason}. The issue moved anyway, because the failure policy is "allow".`, data });
  }
  const advice =
    'isLasting' in problems[code]
      ? 'Contact the owner of this extension.'
      : 'Try again in a minute. If this keeps happening, contact the owner of this extension.';
  return deny(`${reason}, so the issue didn't move. ${advice}`);
}

/**
 * What an action answers: the guide's "Exposing Actions". `error` is for what the person can fix. `output_fields`,
 * which the manifest declares, are shown in the extension's configuration.
 */
export const actionAnswerSchema = z.object({
  status: z.enum(['success', 'error']),
  message: z.string().min(1),
  data: z.record(z.string(), z.unknown()),
  metadata: z.object({ output_fields: z.record(z.string(), z.string()) }).exactOptional(),
});
export type ActionAnswer = z.infer<typeof actionAnswerSchema>;

/** The action succeeded. */
export function success(
  message: string,
  data: Record<string, unknown> = {},
  { outputFields }: { outputFields?: Record<string, string> | undefined } = {},
): ActionAnswer {
  const answer: ActionAnswer = { status: 'success', message, data };
  return outputFields === undefined ? answer : { ...answer, metadata: { output_fields: outputFields } };
}

/** The action failed, and the person can fix the cause. */
export function failure(message: string, data: Record<string, unknown> = {}): ActionAnswer {
  return { status: 'error', message, data };
}

/** A decision as it's sent: deny and pending always have a message. */
export const decisionSchema = extensionResponseSchema.refine(
  ({ status, message }) => status === 'allow' || !isBlankText(message ?? ''),
  { message: 'deny and pending require a message', path: ['message'] },
);

/** What a guard has answered. Throws a {@link DeliveryError} `decision_invalid`. */
export function readDecision(answered: unknown): Decision {
  return asItArrives(answered, decisionSchema, 'decision_invalid');
}

/** What an action or a listener has answered. Throws a {@link DeliveryError} `handler_failed`. */
export function readActionAnswer(answered: unknown): ActionAnswer {
  return asItArrives(answered, actionAnswerSchema, 'handler_failed');
}

/** Through JSON, because what counts is what arrives: no `undefined`, no cycles, nothing that turns into an empty body. */
function asItArrives<Schema extends z.ZodType>(answered: unknown, schema: Schema, otherwise: ProblemCode) {
  const { data, error } = schema.safeParse(JSON.parse(JSON.stringify(answered) ?? 'null'));
  if (error === undefined) return data;
  const isForgotten = answered === undefined || answered === null;
  const cause = isForgotten ? new Error('It returned nothing. Is a `return` missing?') : error;
  throw new DeliveryError(otherwise, { cause });
}

/** Body of a rejection or a failure. */
export const errorAnswerSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Body for an event that nobody listens to. */
export const ignoredAnswerSchema = z.object({ status: z.literal('ignored'), event: z.string() });

/** What Kiket gets, and what the log and metrics record about it. */
export interface Answer {
  httpStatus: number;
  headers?: Readonly<Record<string, string>> | undefined;
  body: Readonly<Record<string, unknown>>;
  /** A decision, an action's status, `ignored` or a problem code. */
  outcome: string;
  /** Set when the failure policy decided because a guard couldn't. */
  failure?: ProblemCode | undefined;
  /** Whether the move is allowed because someone overrode a guard. */
  isOverridden?: boolean | undefined;
  /** Whether this delivery was seen before. */
  repeated?: boolean | undefined;
}
