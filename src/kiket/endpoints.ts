import * as z from 'zod';
import { parseShape } from './answer.ts';
import { apiPath } from './apiPath.ts';
import type { KiketClient } from './client.ts';
import { createCustomDataClient, type CustomDataClient } from './customData.ts';
import { createIssuesClient, type IssuesClient } from './issues.ts';
import { readOnly } from './readOnly.ts';
import { rateLimitInfoSchema, slaEventRecordSchema, type RateLimitInfo, type SlaEventRecord } from './sdk.ts';
import { createSecretManager, type ExtensionSecretManager } from './secretManager.ts';

/** Which service-level events a list has. */
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

/**
 * Kiket's endpoints for extensions, under the names of the Kiket SDK, and `issues` besides. What comes back is checked: an
 * answer of another shape is a {@link KiketError}.
 */
export interface ExtensionEndpoints {
  issues: IssuesClient;
  secrets: ExtensionSecretManager;
  customData(projectId: string | number): CustomDataClient;
  slaEvents(projectId: string | number): SlaEventsClient;
  /** What is left of the rate limit. Asking counts as a call. */
  rateLimit(): Promise<RateLimitInfo>;
  /** Writes into the extension's log in Kiket. */
  logEvent(event: string, data: Record<string, unknown>): Promise<void>;
  /** What Kiket knows about this extension. */
  getMetadata(): Promise<Record<string, unknown>>;
}

const slaEventsSchema = z.object({ data: z.array(slaEventRecordSchema) });
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

/** What the endpoints say about this extension. */
export interface EndpointOptions {
  extensionId: string;
  eventVersion: string;
  /** The time of an event that is logged. */
  now: Date;
}

/** Makes the endpoints over a client. */
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
      list: async ({ issueId, state, limit } = {}) => {
        const path = '/api/v1/ext/sla/events';
        const params = {
          project_id: String(projectId),
          ...(issueId === undefined ? {} : { issue_id: String(issueId) }),
          ...(state === undefined ? {} : { state }),
          ...(limit === undefined ? {} : { limit: String(limit) }),
        };
        return parseShape(slaEventsSchema, await client.get(path, { params }), path);
      },
    }),
    rateLimit: async () => {
      const path = '/api/v1/ext/rate_limit';
      return parseShape(rateLimitSchema, await client.get(path), path);
    },
    logEvent: async (event, data) => {
      await client.post(`${extension}/events`, { event, version: eventVersion, data, timestamp: now.toISOString() });
    },
    getMetadata: async () => parseShape(metadataSchema, await client.get(extension), extension),
  });
}
