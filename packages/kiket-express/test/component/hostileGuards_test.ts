import { expect, test } from 'vitest';
import { allow, pending } from '../../src/extension/decision.ts';
import type { Guard } from '../../src/extension/extension.ts';
import { extension, type FixtureSettings } from '../fixture/src/extension.ts';
import { createGuardian } from '../support/guardian.ts';

const body = {
  event: 'workflow.before_transition',
  issue: {
    id: 42,
    key: 'ORD-42',
    organization_id: 3,
    project_id: 7,
    labels: ['blocked', ['nested']],
    custom_fields: { risk: { level: 'high', reviewers: [{ id: 19 }] } },
  },
  transition: { from: 'review', to: 'done', performed_by: { id: 19, email: 'mira@example.com' } },
  authentication: { runtime_token: 'rt_1', scopes: ['issues:read'] },
  secrets: { CHECKS_API_TOKEN: 'of-the-installation' },
};

/** Everything that a guard is given, as text. What is a function is named with what it does. */
const showAll: Guard<FixtureSettings> = (transition, context) => {
  const { event, eventVersion, extensionId, extensionVersion, headers, settings, payloadSecrets, auth, now } = context;
  const { store, client, endpoints, secret } = context;
  // Another port each time.
  const { host: _host, ...sent } = headers;
  const plain = { event, eventVersion, extensionId, extensionVersion, sent, settings, payloadSecrets, auth, now };
  const calls = [store, store.approvals, store.decisions, client, endpoints, endpoints.issues, context.secrets];
  return pending(
    JSON.stringify({
      transition,
      plain,
      secret: secret('CHECKS_API_TOKEN'),
      calls: calls.map((each) => Object.entries(each).map(([name, call]) => [name, String(call)])),
    }),
  );
};

/** Tries to change an object and all that is in it, in every way there is. */
function vandalise(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  const keys = [...Object.keys(value), ...Object.keys(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(value)))];
  for (const key of keys) attempt(() => vandalise((value as Record<string, unknown>)[key], seen));
  const target = value as Record<string, unknown>;
  for (const key of keys.filter((each) => each !== 'constructor')) {
    if (!Object.hasOwn(value, key) && Object.getPrototypeOf(value) === Object.prototype) continue;
    attempt(() => (target[key] = 'changed'));
    attempt(() => delete target[key]);
    attempt(() => Object.defineProperty(target, key, { value: 'changed' }));
  }
  attempt(() => (target['added'] = 'changed'));
  attempt(() => Object.setPrototypeOf(target, { added: 'changed' }));
  if (value instanceof Date) value.setTime(0);
  if (!Array.isArray(value)) return;
  attempt(() => value.push('changed'));
  attempt(() => value.splice(0, 1));
  attempt(() => (value.length = 0));
}

function attempt(change: () => unknown): void {
  try {
    change();
  } catch {
    // That is how it should be.
  }
}

/** What cannot be made read-only is nothing that decides: the log of this delivery, and whether its time is up. */
const vandal: Guard<FixtureSettings> = async (transition, context) => {
  const { log, signal } = context;
  const spared = new Set<unknown>([log, signal]);
  vandalise(transition, spared);
  vandalise(context, spared);
  await Promise.resolve();
  vandalise(transition, new Set(spared));
  return allow();
};

const overrides = { PROTECTED_STATUSES: 'done, released' };

async function metadataOf(guards: Record<string, Guard<FixtureSettings>>): Promise<unknown[]> {
  const { deliver } = await createGuardian({ extension: { ...extension, guards }, overrides });
  const answers: unknown[] = [];
  for (const number of [1, 2]) {
    const { body: answer } = await deliver(body, '/webhook', { 'X-Kiket-Delivery': `evt_${number}` });
    answers.push(JSON.parse((answer as { message: string }).message));
  }
  return answers;
}

test('a guard can change nothing of what the next one sees, nor of what is seen at the next delivery', async () => {
  const undisturbed = await metadataOf({ showAll });
  expect(JSON.stringify(undisturbed)).toContain('of-the-installation');
  expect(await metadataOf({ vandal, showAll })).toEqual(undisturbed);
});

test('a guard that writes without catching what comes of it could not decide', async () => {
  const writing: Guard<FixtureSettings> = ({ issue }) => {
    (issue.fields['labels'] as string[]).push('approved');
    return allow();
  };
  const { deliver } = await createGuardian({ extension: { ...extension, guards: { writing } } });
  expect((await deliver(body)).body).toMatchObject({ status: 'deny', metadata: { failure: 'guard_failed' } });
});
