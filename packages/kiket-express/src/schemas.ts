import * as z from 'zod';

/*
 * The data shapes of the Kiket Node SDK as zod schemas. The SDK is not on npm, so this project does not depend on it;
 * test/unit/sdk_test.ts proves at compile time that the inferred types and the SDK's are assignable both ways.
 */

/** Any JSON object, as it was sent. */
export const webhookPayloadSchema = z.record(z.string(), z.unknown());
export type WebhookPayload = z.infer<typeof webhookPayloadSchema>;

/** Header names in lower case. */
export const headersSchema = z.record(z.string(), z.string());
export type Headers = z.infer<typeof headersSchema>;

/** The delivery's runtime token, as handlers see it. */
export const authenticationContextSchema = z.object({
  runtimeToken: z.string(),
  tokenType: z.string(),
  expiresAt: z.string().nullable(),
  scopes: z.array(z.string()),
  orgId: z.number().exactOptional(),
  extId: z.number().exactOptional(),
  projId: z.number().exactOptional(),
});
export type AuthenticationContext = z.infer<typeof authenticationContextSchema>;

/** Details of a decision. Kiket shows `output_fields` in the extension's configuration. */
export const responseMetadataSchema = z
  .object({ output_fields: z.record(z.string(), z.string()).exactOptional() })
  .catchall(z.unknown());
export type ResponseMetadata = z.infer<typeof responseMetadataSchema>;

/** What a guard answers: the guide's "Guard Responses". */
export const extensionResponseSchema = z.object({
  status: z.enum(['allow', 'deny', 'pending']),
  message: z.string().exactOptional(),
  metadata: responseMetadataSchema,
});
export type ExtensionResponse = z.infer<typeof extensionResponseSchema>;

/** The result of one handler run. */
export const telemetryRecordSchema = z.object({
  event: z.string(),
  version: z.string(),
  status: z.enum(['ok', 'error']),
  durationMs: z.number(),
  errorMessage: z.string().exactOptional(),
  errorClass: z.string().exactOptional(),
  metadata: z.record(z.string(), z.unknown()).exactOptional(),
  extensionId: z.string().exactOptional(),
  extensionVersion: z.string().exactOptional(),
  timestamp: z.string(),
});
export type TelemetryRecord = z.infer<typeof telemetryRecordSchema>;

/** The rest of the rate limit. Times are in seconds. */
export const rateLimitInfoSchema = z.object({
  limit: z.number(),
  remaining: z.number(),
  windowSeconds: z.number(),
  resetIn: z.number(),
});
export type RateLimitInfo = z.infer<typeof rateLimitInfoSchema>;

/** One custom-data row. */
export const customDataRecordSchema = z.object({ data: z.record(z.string(), z.unknown()) });
export type CustomDataRecord = z.infer<typeof customDataRecordSchema>;

/** Several custom-data rows. */
export const customDataListSchema = z.object({ data: z.array(z.record(z.string(), z.unknown())) });
export type CustomDataList = z.infer<typeof customDataListSchema>;

/** A service-level event. */
export const slaEventRecordSchema = z.object({
  id: z.union([z.number(), z.string()]),
  issue_id: z.union([z.number(), z.string()]),
  project_id: z.union([z.number(), z.string()]),
  state: z.string(),
  triggered_at: z.string(),
  resolved_at: z.string().nullable().exactOptional(),
  definition: z.record(z.string(), z.unknown()).exactOptional(),
  metrics: z.record(z.string(), z.unknown()).exactOptional(),
});
export type SlaEventRecord = z.infer<typeof slaEventRecordSchema>;

/** The flat manifest that the SDK loads. Kiket's own, nested form is in manifest.ts. */
export const sdkManifestSchema = z.object({
  id: z.string(),
  version: z.string(),
  delivery_secret: z.string().exactOptional(),
  settings: z
    .array(z.object({ key: z.string(), default: z.unknown().exactOptional(), secret: z.boolean().exactOptional() }))
    .exactOptional(),
});
export type ExtensionManifest = z.infer<typeof sdkManifestSchema>;
