import * as z from 'zod';
import { parseShape } from './answer.ts';
import { apiPath } from './apiPath.ts';
import { createAuditClient, type AuditClient } from './audit.ts';
import type { KiketClient } from './client.ts';
import { getShape } from './getShape.ts';
import { createCustomDataClient, type CustomDataClient } from './customData.ts';
import { createIntakeFormsClient, type IntakeFormsClient } from './intakeForms.ts';
import { createIssuesClient, requestOf, type IssuesClient, type WriteOptions } from './issues.ts';
import { readOnly } from '../extension/readOnly.ts';
import { rateLimitInfoSchema, slaEventRecordSchema, type RateLimitInfo, type SlaEventRecord } from '../schemas.ts';
import { createSecretManager, type ExtensionSecretManager } from './secretManager.ts';

/** Filters of a list of service-level events. */
export interface SlaEventsOptions {
  issueId?: string | number;
  /** `imminent`, `breached` or `recovered`. */
  state?: string;
  limit?: number;
}

/** Service-level events of one project: scope `issues:read`. */
export interface SlaEventsClient {
  list(options?: SlaEventsOptions): Promise<{ data: SlaEventRecord[] }>;
}

/** A URL for another service to post to. Kiket passes it on as `external.webhook.<action>`. */
export type WebhookUrl = z.infer<typeof webhookUrlSchema>;

/** An incoming email, which Kiket turns into an issue or a comment. */
export interface InboundEmail {
  message_id: string;
  from_email: string;
  to_email: string;
  subject?: string;
  text_body?: string;
  html_body?: string;
  in_reply_to?: string;
  /** Other fields, such as `attachments`. */
  [field: string]: unknown;
}

/**
 * Kiket's endpoints for extensions, named as in the Kiket SDK, plus `issues`. Answers are checked: an unexpected shape
 * throws a {@link KiketError}.
 */
export interface ExtensionEndpoints {
  issues: IssuesClient;
  secrets: ExtensionSecretManager;
  customData(projectId: string | number): CustomDataClient;
  slaEvents(projectId: string | number): SlaEventsClient;
  intakeForms(projectId: string | number): IntakeFormsClient;
  audit: AuditClient;
  /** Notifies people in Kiket. */
  notify(title: string, body: string, level?: string): Promise<void>;
  /** The URL to post to for an action, such as `inbound_email`. Anyone who knows the URL can post to it. */
  webhookUrl(actionName?: string): Promise<WebhookUrl>;
  receiveEmail(email: InboundEmail, options?: WriteOptions): Promise<{ id: string | number; status?: string }>;
  /** The rest of the rate limit. This counts as a call. */
  rateLimit(): Promise<RateLimitInfo>;
  /** Writes to the extension's log in Kiket. */
  logEvent(event: string, data: Record<string, unknown>): Promise<void>;
  /** What Kiket knows about this extension. */
  getMetadata(): Promise<Record<string, unknown>>;
}

const slaEventsSchema = z.object({ data: z.array(slaEventRecordSchema) });
const webhookUrlSchema = z.looseObject({
  webhook_url: z.string(),
  webhook_token: z.string().exactOptional(),
  webhook_base_url: z.string().exactOptional(),
});
const receivedEmailSchema = z.looseObject({
  id: z.union([z.number(), z.string()]),
  status: z.string().exactOptional(),
});
const metadataSchema = z.record(z.string(), z.unknown());
const rateLimitSchema = z
  .object({
    rate_limit: z.object({
      limit: z.number(),
      remaining: z.number(),
      window_seconds: z.number(),
      reset_in: z.number(),
    }),
  })
  .transform(({ rate_limit: { window_seconds: windowSeconds, reset_in: resetIn, ...rest } }) => ({
    ...rest,
    windowSeconds,
    resetIn,
  }))
  .pipe(rateLimitInfoSchema);

/** This extension's part in the endpoints. */
export interface EndpointOptions {
  extensionId: string;
  eventVersion: string;
  /** The time of a logged event. */
  now: () => Date;
}

/** Creates the endpoints on a client. */
export function createEndpoints(
  client: KiketClient,
  { extensionId, eventVersion, now }: EndpointOptions,
): ExtensionEndpoints {
  const extension = apiPath`/api/v1/extensions/${extensionId}`;
  return readOnly<ExtensionEndpoints>({
    issues: createIssuesClient(client),
    secrets: createSecretManager(client, extensionId),
    customData: (projectId) => createCustomDataClient(client, projectId),
    slaEvents: (projectId) => ({
      list: ({ issueId, state, limit } = {}) =>
        getShape(client, slaEventsSchema, '/api/v1/ext/sla/events', {
          project_id: projectId,
          issue_id: issueId,
          state,
          limit,
        }),
    }),
    intakeForms: (projectId) => createIntakeFormsClient(client, projectId),
    audit: createAuditClient(client),
    notify: async (title, body, level = 'info') => {
      await client.post('/api/v1/extensions/notifications', { title, body, level });
    },
    webhookUrl: (actionName) =>
      getShape(client, webhookUrlSchema, '/api/v1/ext/webhook_url', { action_name: actionName }),
    receiveEmail: async (email, options) => {
      const path = '/api/v1/ext/inbound_emails';
      const answer = await client.post(path, { inbound_email: email }, requestOf(options));
      return parseShape(receivedEmailSchema, answer, path);
    },
    rateLimit: () => getShape(client, rateLimitSchema, '/api/v1/ext/rate_limit'),
    logEvent: async (event, data) => {
      await client.post(`${extension}/events`, { event, version: eventVersion, data, timestamp: now().toISOString() });
    },
    getMetadata: () => getShape(client, metadataSchema, extension),
  });
}
