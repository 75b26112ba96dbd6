import request from 'supertest';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { parseManifest } from '../../src/manifest/manifest.ts';
import { allow, deny, fromAction, fromGuard, fromListener, type SdkHandler } from '../../src/sdk.ts';
import { openTestKiket } from '../../src/testing/kiket.ts';
import { startFakeKiket } from '../support/fakeKiket.ts';

/*
 * Two handlers in the shape of published extensions, as they would stand in an extension that uses the SDK: one notifies a chat of
 * new issues, one is the test of a setup wizard and has output fields.
 */

const notify: SdkHandler = async (payload, { secret, endpoints, settings, event }) => {
  const url = secret('CHAT_WEBHOOK_URL');
  if (url === undefined) return { success: false, error: 'No chat is connected.' };
  const { title } = payload['issue'] as { title: string };
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ text: title, to: settings['channel'] }) });
  await endpoints.logEvent(event, { delivered: response.ok });
  return { ok: true, message_id: 'm-1' };
};

const testConnection: SdkHandler = async (_payload, { client, requireScopes, auth }) => {
  requireScopes('notifications:write');
  const { webhook_url: url } = await client.get<{ webhook_url: string }>('/api/v1/ext/webhook_url');
  return allow({
    message: 'Connected.',
    data: { organization: auth.orgId ?? null },
    outputFields: { inbound_url: url },
  });
};

const manifest = parseManifest(
  `extension:
  id: com.example.chat
  name: Chat
  version: 1.0.0
  delivery: http
  callback: { secret: env.KIKET_WEBHOOK_SECRET }
  hooks: [{ event: issue.created }, { event: workflow.before_transition, required: true }]
  configuration: { channel: { type: string, default: releases } }
  setup: [{ test: { title: Test, action: chat.testConnection } }]
`,
  'manifest.yaml',
);

async function openChat(guard: SdkHandler<ReturnType<typeof allow>> = () => allow()) {
  const { url, calls } = await startFakeKiket(({ path }) =>
    path.endsWith('/webhook_url') ? { body: { webhook_url: 'https://kiket.dev/in/1' } } : { status: 201, body: {} },
  );
  const extension = {
    settingsSchema: z.object({ channel: z.string() }),
    guards: { budget: fromGuard(guard) },
    listeners: { 'issue.created': fromListener(notify) },
    actions: { testConnection: fromAction(testConnection) },
  };
  const kiket = await openTestKiket({ root: '', extension }, { manifest, baseUrl: url });
  onTestFinished(kiket.close);
  const deliver = (payload: object) => {
    const body = JSON.stringify(payload);
    return request(kiket.handle).post('/webhook').set(kiket.sign(body)).send(body);
  };
  return { deliver, url, calls };
}

const authentication = { runtime_token: 'rt_test', scopes: ['notifications:write'] };

describe('handlers that were written for the SDK', () => {
  const created = { event: 'issue.created', issue: { id: 42, title: 'Ship the order page' }, authentication };

  test('notify others, and what they return reaches Kiket', async () => {
    const { deliver, url, calls } = await openChat();
    const { body } = await deliver({ ...created, secrets: { CHAT_WEBHOOK_URL: `${url}/chat` } });
    expect(body).toEqual({ status: 'success', message: 'Done.', data: { message_id: 'm-1' } });
    expect(calls).toMatchObject([
      { path: '/chat', body: { text: 'Ship the order page', to: 'releases' } },
      {
        path: '/api/v1/extensions/com.example.chat/events',
        body: { event: 'issue.created', data: { delivered: true } },
      },
    ]);
  });

  test('report what could not be done', async () => {
    const { deliver } = await openChat();
    const { body } = await deliver(created);
    expect(body).toEqual({ status: 'error', message: 'No chat is connected.', data: {} });
  });

  test('have output fields, which reach Kiket', async () => {
    const { deliver } = await openChat();
    const { body } = await deliver({
      event: 'chat.testConnection',
      organization: { subdomain: 'acme' },
      authentication,
    });
    expect(body).toEqual({
      status: 'success',
      message: 'Connected.',
      data: { organization: null },
      metadata: { output_fields: { inbound_url: 'https://kiket.dev/in/1' } },
    });
  });

  test.each([
    ['deny', () => deny('Over budget.'), { status: 'deny', message: 'Over budget.' }],
    ['forget to return', () => undefined as never, { status: 'deny', metadata: { failure: 'decision_invalid' } }],
  ])('guard, and %s', async (_what, guard, expected) => {
    const { deliver } = await openChat(guard);
    const move = { event: 'workflow.before_transition', issue: { id: 42 }, transition: { from: 'review', to: 'done' } };
    expect((await deliver(move)).body).toMatchObject(expected);
  });
});
