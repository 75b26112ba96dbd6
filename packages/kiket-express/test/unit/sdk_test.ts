import { expect, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import { allow, decisionSchema, deny, pending, type Decision } from '../../src/extension/decision.ts';
import type { KiketClient, RequestOptions } from '../../src/client/client.ts';
import type { Delivery } from '../../src/delivery.ts';
import type { ExtensionEndpoints } from '../../src/client/endpoints.ts';
import type { Context, HandlerContext } from '../../src/extension/extension.ts';
import type { ScopeError } from '../../src/client/scopes.ts';
import type * as ours from '../../src/schemas.ts';
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

// The strict comparison tells a missing key from one that is undefined.
test.each<[string, Decision, Decision]>([
  ['allow()', allow(), { status: 'allow', metadata: {} }],
  ['allow({})', allow({}), { status: 'allow', metadata: {} }],
  ['an allow with a message', allow({ message: 'Fine.' }), { status: 'allow', message: 'Fine.', metadata: {} }],
  [
    'an allow with output fields',
    allow({ message: 'Fine.', data: { have: 2 }, outputFields: { url: 'https://example.com' } }),
    { status: 'allow', message: 'Fine.', metadata: { have: 2, output_fields: { url: 'https://example.com' } } },
  ],
  ['a deny', deny('No.'), { status: 'deny', message: 'No.', metadata: {} }],
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
