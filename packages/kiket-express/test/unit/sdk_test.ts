import { expect, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import { allow, decisionSchema, deny, pending, type Decision } from '../../src/extension/decision.ts';
import type { KiketClient, RequestOptions } from '../../src/client/client.ts';
import type { Delivery } from '../../src/delivery.ts';
import type { ExtensionEndpoints } from '../../src/client/endpoints.ts';
import type { Context, HandlerContext } from '../../src/extension/extension.ts';
import type { ScopeError } from '../../src/client/scopes.ts';
import * as ours from '../../src/schemas.ts';
import type { ExtensionSecretManager } from '../../src/client/secretManager.ts';
import type { FeedbackHook } from '../../src/telemetry/telemetry.ts';
import type * as sdk from '../support/kiket-sdk.d.ts';

/*
 * `tsc --noEmit` refuses these lines as soon as a type drifts. They ask for more than "assignable both ways", which holds
 * even if one side loses an optional field.
 */
expectTypeOf<ours.WebhookPayload>().toEqualTypeOf<sdk.WebhookPayload>();
expectTypeOf<ours.Headers>().toEqualTypeOf<sdk.Headers>();
expectTypeOf<ours.AuthenticationContext>().toEqualTypeOf<sdk.AuthenticationContext>();
expectTypeOf<ours.ResponseMetadata>().toEqualTypeOf<sdk.ResponseMetadata>();
expectTypeOf<ours.ExtensionResponse>().toEqualTypeOf<sdk.ExtensionResponse>();
expectTypeOf<ours.TelemetryRecord>().toEqualTypeOf<sdk.TelemetryRecord>();
expectTypeOf<ours.RateLimitInfo>().toEqualTypeOf<sdk.RateLimitInfo>();
expectTypeOf<ours.CustomDataRecord>().toEqualTypeOf<sdk.CustomDataRecord>();
expectTypeOf<ours.CustomDataList>().toEqualTypeOf<sdk.CustomDataList>();
expectTypeOf<ours.SlaEventRecord>().toEqualTypeOf<sdk.SlaEventRecord>();
expectTypeOf<ours.ExtensionManifest>().toEqualTypeOf<sdk.ExtensionManifest>();
expectTypeOf<Decision>().toEqualTypeOf<sdk.ExtensionResponse>();
expectTypeOf<z.infer<typeof decisionSchema>>().toEqualTypeOf<sdk.ExtensionResponse>();
expectTypeOf(allow).toEqualTypeOf<sdk.Allow>();
expectTypeOf(deny).toEqualTypeOf<sdk.Deny>();
expectTypeOf(pending).toEqualTypeOf<sdk.Pending>();

expectTypeOf<RequestOptions>().toEqualTypeOf<sdk.RequestOptions>();
expectTypeOf<KiketClient>().toEqualTypeOf<sdk.KiketClient>();
expectTypeOf<ExtensionSecretManager>().toEqualTypeOf<sdk.ExtensionSecretManager>();
expectTypeOf<FeedbackHook>().toEqualTypeOf<sdk.FeedbackHook>();
// These know more than the SDK's, so what is asked is that they can stand in for them.
expectTypeOf<ExtensionEndpoints>().toExtend<sdk.ExtensionEndpoints>();
expectTypeOf<ScopeError>().toExtend<sdk.ScopeError>();
expectTypeOf<Context>().toExtend<sdk.HandlerContext>();
expectTypeOf<HandlerContext>().toExtend<sdk.HandlerContext>();
/** A guard and a listener that were written for the SDK, as they are registered here. */
expectTypeOf(({ payload }: Pick<Delivery, 'payload'>, context: HandlerContext) =>
  (null as unknown as sdk.WebhookHandler)(payload, context),
).returns.toEqualTypeOf<unknown>();

const token = { runtimeToken: 'rt_example', tokenType: 'runtime', expiresAt: null, scopes: [] };
const response: sdk.ExtensionResponse = { status: 'allow', metadata: {} };
const at = '2025-11-10T12:00:00Z';
const run: sdk.TelemetryRecord = {
  event: 'issue.created',
  version: 'v1',
  status: 'ok',
  durationMs: 12.5,
  timestamp: at,
};
const limit: sdk.RateLimitInfo = { limit: 600, remaining: 599, windowSeconds: 60, resetIn: 12 };
const breach: sdk.SlaEventRecord = {
  id: 1,
  issue_id: 'cas_01TEST',
  project_id: 7,
  state: 'breached',
  triggered_at: at,
};
const manifest: sdk.ExtensionManifest = { id: 'com.example.guardian', version: '1.0.0' };

test.each<[string, z.ZodType, taken: object[], refused: unknown[]]>([
  [
    'WebhookPayload',
    ours.webhookPayloadSchema,
    [{}, { event: 'issue.created', data: [null] }],
    [null, [], 'issue.created'],
  ],
  ['Headers', ours.headersSchema, [{}, { 'x-kiket-event': 'issue.created' }], [{ 'x-kiket-event': ['issue.created'] }]],
  [
    'AuthenticationContext',
    ours.authenticationContextSchema,
    [token, { ...token, expiresAt: at, scopes: ['*'], orgId: 3, extId: 55, projId: 7 }],
    [{}, { ...token, scopes: undefined }, { ...token, orgId: '3' }, { ...token, projId: undefined }],
  ],
  [
    'ResponseMetadata',
    ours.responseMetadataSchema,
    [{}, { output_fields: { url: 'https://example.com' }, have: 1 }],
    [{ output_fields: { have: 1 } }, { output_fields: undefined }],
  ],
  [
    'ExtensionResponse',
    ours.extensionResponseSchema,
    [response, { ...response, status: 'deny', message: 'No.', metadata: { have: 1 } }],
    [{ status: 'ALLOW', metadata: {} }, { status: 'allow' }, { ...response, message: undefined }],
  ],
  [
    'TelemetryRecord',
    ours.telemetryRecordSchema,
    [
      run,
      { ...run, status: 'error', errorMessage: 'No.', errorClass: 'Error', metadata: { have: 1 }, extensionId: 'a' },
    ],
    [
      { ...run, status: 'success' },
      { ...run, durationMs: '12' },
      { ...run, errorClass: undefined },
    ],
  ],
  ['RateLimitInfo', ours.rateLimitInfoSchema, [limit], [{ ...limit, resetIn: null }]],
  ['CustomDataRecord', ours.customDataRecordSchema, [{ data: { id: 1, decision: 'deny' } }], [{}, { data: [] }]],
  ['CustomDataList', ours.customDataListSchema, [{ data: [] }, { data: [{ id: 1 }] }], [{ data: {} }, { data: [1] }]],
  [
    'SlaEventRecord',
    ours.slaEventRecordSchema,
    [breach, { ...breach, resolved_at: null, definition: { id: 3 }, metrics: { overdue_minutes: 10 } }],
    [
      { ...breach, id: null },
      { ...breach, resolved_at: undefined },
    ],
  ],
  [
    'ExtensionManifest',
    ours.sdkManifestSchema,
    [
      manifest,
      { ...manifest, delivery_secret: 'env.NAME', settings: [{ key: 'a' }, { key: 'b', default: null, secret: true }] },
    ],
    [{ id: manifest.id }, { ...manifest, settings: [{}] }, { ...manifest, delivery_secret: undefined }],
  ],
])("the schema of the SDK's %s takes its values as they are, and refuses others", (_name, schema, taken, refused) => {
  expect(taken.map((value) => schema.parse(value))).toStrictEqual(taken);
  expect(refused.filter((value) => schema.safeParse(value).success)).toEqual([]);
});

// The strict comparison tells a missing key from one that is undefined.
test.each<[string, Decision, Decision]>([
  ['allow()', allow(), { status: 'allow', metadata: {} }],
  ['allow({})', allow({}), { status: 'allow', metadata: {} }],
  ['an allow with a message', allow({ message: 'Fine.' }), { status: 'allow', message: 'Fine.', metadata: {} }],
  ['an allow with data', allow({ data: { have: 2 } }), { status: 'allow', metadata: { have: 2 } }],
  [
    'an allow with output fields',
    allow({ message: 'Fine.', data: { have: 2 }, outputFields: { url: 'https://example.com' } }),
    { status: 'allow', message: 'Fine.', metadata: { have: 2, output_fields: { url: 'https://example.com' } } },
  ],
  ['a deny', deny('No.'), { status: 'deny', message: 'No.', metadata: {} }],
  ['a deny with data', deny('No.', { data: { need: 2 } }), { status: 'deny', message: 'No.', metadata: { need: 2 } }],
  ['a pending', pending('Wait.'), { status: 'pending', message: 'Wait.', metadata: {} }],
  [
    'a pending with data',
    pending('Wait.', { data: { need: 2 } }),
    { status: 'pending', message: 'Wait.', metadata: { need: 2 } },
  ],
])("%s is what the SDK's helper gives", (_what, decision, expected) => {
  expect(decision).toStrictEqual(expected);
  expect(decisionSchema.parse(decision)).toStrictEqual(expected);
});

test('the data of a decision is copied, so that later changes do not reach it', () => {
  const data = { have: 1 };
  const decisions = [allow({ data }), deny('No.', { data }), pending('Wait.', { data })];
  data.have = 2;
  expect(decisions.map(({ metadata }) => metadata)).toEqual([{ have: 1 }, { have: 1 }, { have: 1 }]);
});

test.each([
  { status: 'deny', metadata: {} },
  { status: 'pending', message: ' ', metadata: {} },
  { status: 'pending_approval', message: 'Wait.', metadata: {} },
  { status: 'allow' },
  {},
  undefined,
])("%j isn't sent as a decision", (answer) => {
  expect(decisionSchema.safeParse(answer).success).toBe(false);
});
