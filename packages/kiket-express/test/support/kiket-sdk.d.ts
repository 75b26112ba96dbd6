/*
 * What the Kiket Node SDK's types look like from outside, in our own words. The SDK is not on npm, so this stands in for
 * it; test/unit/sdk_test.ts holds src/ against it.
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

export interface RequestOptions {
  headers?: Record<string, string>;
  timeout?: number;
  params?: Record<string, string>;
}

export interface KiketClient {
  get<T>(path: string, options?: RequestOptions): Promise<T>;
  post<T>(path: string, data?: unknown, options?: RequestOptions): Promise<T>;
  put<T>(path: string, data?: unknown, options?: RequestOptions): Promise<T>;
  patch<T>(path: string, data?: unknown, options?: RequestOptions): Promise<T>;
  delete<T>(path: string, options?: RequestOptions): Promise<T>;
  close(): Promise<void>;
}

export interface ExtensionSecretManager {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  list(): Promise<string[]>;
  rotate(key: string, newValue: string): Promise<void>;
}

export interface CustomDataClient {
  list(
    moduleKey: string,
    table: string,
    options?: { limit?: number; filters?: Record<string, unknown> },
  ): Promise<CustomDataList>;
  get(moduleKey: string, table: string, recordId: string | number): Promise<CustomDataRecord>;
  create(moduleKey: string, table: string, record: Record<string, unknown>): Promise<CustomDataRecord>;
  update(
    moduleKey: string,
    table: string,
    recordId: string | number,
    record: Record<string, unknown>,
  ): Promise<CustomDataRecord>;
  delete(moduleKey: string, table: string, recordId: string | number): Promise<void>;
}

export interface SlaEventsClient {
  list(options?: {
    caseId?: string | number;
    issueId?: string | number;
    state?: string;
    limit?: number;
  }): Promise<{ data: SlaEventRecord[] }>;
}

export interface IntakeForm {
  id: number;
  key: string;
  name: string;
  description?: string;
  active: boolean;
  public: boolean;
  fields: {
    key: string;
    label: string;
    fieldType: string;
    required: boolean;
    options?: string[];
    placeholder?: string;
    helpText?: string;
  }[];
  formUrl?: string;
  embedAllowed: boolean;
  submissionsCount: number;
  createdAt: string;
  updatedAt: string;
}

export interface IntakeSubmission {
  id: number;
  intakeFormId: number;
  status: string;
  data: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  submittedByEmail?: string;
  reviewedBy?: string;
  reviewedAt?: string;
  notes?: string;
  createdAt: string;
  updatedAt: string;
}

export interface IntakeFormStats {
  totalSubmissions: number;
  pending: number;
  approved: number;
  rejected: number;
  converted: number;
  period?: string;
}

export interface IntakeFormsClient {
  list(options?: { active?: boolean; publicOnly?: boolean; limit?: number }): Promise<{ data: IntakeForm[] }>;
  get(formKey: string): Promise<IntakeForm>;
  publicUrl(form: IntakeForm): string | null;
  listSubmissions(
    formKey: string,
    options?: { status?: string; limit?: number; since?: Date | string },
  ): Promise<{ data: IntakeSubmission[] }>;
  getSubmission(formKey: string, submissionId: string | number): Promise<IntakeSubmission>;
  createSubmission(
    formKey: string,
    data: Record<string, unknown>,
    options?: { metadata?: Record<string, unknown> },
  ): Promise<IntakeSubmission>;
  approveSubmission(formKey: string, submissionId: string | number, notes?: string): Promise<IntakeSubmission>;
  rejectSubmission(formKey: string, submissionId: string | number, notes?: string): Promise<IntakeSubmission>;
  stats(formKey: string, period?: string): Promise<IntakeFormStats>;
}

export interface ExtensionEndpoints {
  secrets: ExtensionSecretManager;
  logEvent(event: string, data: Record<string, unknown>): Promise<void>;
  getMetadata(): Promise<unknown>;
  customData(projectId: string | number): CustomDataClient;
  slaEvents(projectId: string | number): SlaEventsClient;
  intakeForms(projectId: string | number): IntakeFormsClient;
  rateLimit(): Promise<RateLimitInfo>;
}

export interface HandlerContext {
  event: string;
  eventVersion: string;
  headers: Headers;
  client: KiketClient;
  endpoints: ExtensionEndpoints;
  settings: Readonly<Record<string, unknown>>;
  extensionId?: string;
  extensionVersion?: string;
  secrets: ExtensionSecretManager;
  secret(key: string): string | undefined;
  payloadSecrets: Readonly<Record<string, string>>;
  auth: AuthenticationContext;
  requireScopes(...scopes: string[]): void;
}

export type WebhookHandler<P = WebhookPayload, R = unknown> = (payload: P, context: HandlerContext) => Promise<R> | R;

export type FeedbackHook = (record: TelemetryRecord) => Promise<void> | void;

export interface ScopeError extends Error {
  requiredScopes: string[];
  availableScopes: string[];
  missingScopes: string[];
}
