/*
 * What the Kiket Node SDK's types look like from outside, in our own words. The SDK is not on npm, so this stands in for
 * it; test/unit/sdk_test.ts holds src/kiket/ against it.
 */

export type WebhookPayload = Record<string, unknown>;

export type Headers = Record<string, string>;

export interface AuthenticationContext {
  runtimeToken: string;
  tokenType: string;
  expiresAt: string | null;
  scopes: string[];
  orgId?: number;
  extId?: number;
  projId?: number;
}

export interface ResponseMetadata {
  [key: string]: unknown;
  output_fields?: Record<string, string>;
}

export interface ExtensionResponse {
  status: 'allow' | 'deny' | 'pending';
  message?: string;
  metadata: ResponseMetadata;
}

export type Allow = (options?: {
  message?: string;
  data?: Record<string, unknown>;
  outputFields?: Record<string, string>;
}) => ExtensionResponse;

export type Deny = (message: string, options?: { data?: Record<string, unknown> }) => ExtensionResponse;

export type Pending = (message: string, options?: { data?: Record<string, unknown> }) => ExtensionResponse;

export interface TelemetryRecord {
  event: string;
  version: string;
  status: 'ok' | 'error';
  durationMs: number;
  errorMessage?: string;
  errorClass?: string;
  metadata?: Record<string, unknown>;
  extensionId?: string;
  extensionVersion?: string;
  timestamp: string;
}

export interface RateLimitInfo {
  limit: number;
  remaining: number;
  windowSeconds: number;
  resetIn: number;
}

export interface CustomDataRecord {
  data: Record<string, unknown>;
}

export interface CustomDataList {
  data: Record<string, unknown>[];
}

export interface SlaEventRecord {
  id: number | string;
  issue_id: number | string;
  project_id: number | string;
  state: string;
  triggered_at: string;
  resolved_at?: string | null;
  definition?: Record<string, unknown>;
  metrics?: Record<string, unknown>;
}

export interface ExtensionManifest {
  id: string;
  version: string;
  delivery_secret?: string;
  settings?: { key: string; default?: unknown; secret?: boolean }[];
}
