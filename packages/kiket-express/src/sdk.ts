/*
 * For handlers written for the Kiket SDK, `(payload, context) => answer`, which work here unchanged.
 *
 *     guards: { checkBudget: fromGuard(checkBudget) },
 *     listeners: { 'issue.created': fromListener(notify, ['issues:read']) },
 *     actions: { testConnection: fromAction(testConnection) },
 */
import type { ActionAnswer, Decision } from './extension/decision.ts';
import { failure, success } from './extension/decision.ts';
import type { Action, Context, Guard, Listener } from './extension/extension.ts';
import type { WebhookPayload } from './schemas.ts';
import { asText, isObject } from './text/values.ts';

export { KiketError } from './client/kiketError.ts';
export { ScopeError } from './client/scopes.ts';
export { allow, deny, pending } from './extension/decision.ts';
export type { AuthenticationContext, ExtensionResponse, Headers, WebhookPayload } from './schemas.ts';

/** What the SDK passes to a handler besides its payload. */
export type SdkContext = Pick<
  Context,
  | 'auth'
  | 'client'
  | 'endpoints'
  | 'event'
  | 'eventVersion'
  | 'extensionId'
  | 'extensionVersion'
  | 'headers'
  | 'payloadSecrets'
  | 'requireScopes'
  | 'secret'
  | 'secrets'
  | 'settings'
>;

/** A handler of the SDK. */
export type SdkHandler<Answer = unknown> = (payload: WebhookPayload, context: SdkContext) => Answer | Promise<Answer>;

/**
 * Makes a guard from an SDK handler. In the SDK, a handler that forgets to return allows the move; here it counts as a
 * failure, and the failure policy decides.
 *
 * @param scopes the scopes that the token must have, as in the SDK's `register()`
 */
export function fromGuard(handler: SdkHandler<Decision>, scopes: readonly string[] = []): Guard {
  return async (_transition, context) => call(handler, context, scopes);
}

/** Makes an action from an SDK handler. Its result becomes an action's answer, including its `output_fields`. */
export function fromAction(handler: SdkHandler, scopes: readonly string[] = []): Action {
  return async (_delivery, context) => toAnswer(await call(handler, context, scopes));
}

/** Makes a listener from an SDK handler. */
export function fromListener(handler: SdkHandler, scopes: readonly string[] = []): Listener {
  return fromAction(handler, scopes);
}

async function call<Answer>(handler: SdkHandler<Answer>, context: Context, scopes: readonly string[]): Promise<Answer> {
  context.requireScopes(...scopes);
  return handler(context.payload, context);
}

/** SDK handlers return `allow()` or `deny()`, `{ ok: true, … }`, `{ success: false, error: '…' }`, or nothing. */
function toAnswer(answered: unknown): ActionAnswer {
  if (!isObject(answered))
    return success('Done.', answered === undefined || answered === null ? {} : { result: answered });
  const { status, metadata, ok = true, success: isDone = true, error, message, ...rest } = answered;
  const isDecision = status === 'allow' || status === 'deny' || status === 'pending';
  const { output_fields: outputFields, ...details } = isObject(metadata) ? metadata : {};
  const data = { ...rest, ...(isDecision || status === undefined ? {} : { status }), ...details };
  const isRefusal = status === 'deny' || status === 'pending' || status === 'error';
  const isFailure = isRefusal || ok !== true || isDone !== true || (error !== undefined && error !== null);
  if (isFailure) return failure(asText(message) ?? asText(error) ?? "The action couldn't be completed.", data);
  const fields = isObject(outputFields) ? Object.entries(outputFields) : undefined;
  return success(asText(message) ?? 'Done.', data, {
    outputFields: fields && Object.fromEntries(fields.map(([key, value]) => [key, String(value)])),
  });
}
