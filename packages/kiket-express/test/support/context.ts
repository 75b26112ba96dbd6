import { onTestFinished } from 'vitest';
import type { Delivery, Issue, Transition } from '../../src/delivery.ts';
import type { HandlerContext } from '../../src/extension/extension.ts';
import { createClient } from '../../src/client/client.ts';
import { createEndpoints } from '../../src/client/endpoints.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { requireScopes } from '../../src/client/scopes.ts';
import { createStep } from '../../src/extension/once.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { FixtureSettings } from '../fixture/src/extension.ts';

/*
 * What a handler is called with, made by hand: for tests that call guards, actions and listeners as functions, without a
 * body, a signature or a server.
 */

/** When every handler in these tests runs. */
export const handledAt = new Date('2026-03-02T12:00:00Z');

/** A time so many milliseconds after {@link handledAt}. */
export function after(milliseconds: number): Date {
  return new Date(handledAt.getTime() + milliseconds);
}

export function issueWith(differences: Partial<Issue> = {}): Issue {
  return {
    organization: '3',
    projectId: '7',
    projectKey: 'ORD',
    id: '42',
    key: 'ORD-42',
    title: 'Ship the order page',
    status: 'review',
    fields: {},
    ...differences,
  };
}

export function transitionWith(differences: Partial<Transition> = {}): Transition {
  return { issue: issueWith(), from: 'review', to: 'done', mover: ['id:19'], ...differences };
}

export function deliveryWith(differences: Partial<Delivery> = {}): Delivery {
  return {
    id: 'evt_1',
    signedId: undefined,
    event: 'action:approve_transition',
    eventVersion: 'v1',
    actionKey: 'approve_transition',
    occurredAt: undefined,
    organization: '3',
    subdomain: undefined,
    isOrganizationAssumed: false,
    projectId: '7',
    projectKey: 'ORD',
    issue: issueWith(),
    transition: undefined,
    actor: ['id:19'],
    auth: { runtimeToken: '', tokenType: 'runtime', expiresAt: null, scopes: [] },
    secrets: {},
    missingSecrets: [],
    settings: [],
    freshness: { expiresAt: undefined, signedTimes: [] },
    payload: {},
    ...differences,
  };
}

/** Settings that ask for nothing, so that a test names only the one that it is about. */
export function settingsWith(differences: Partial<FixtureSettings> = {}): FixtureSettings {
  return {
    protected_statuses: ['done'],
    required_fields: [],
    required_approvals: 0,
    approvers: [],
    allow_self_approval: false,
    approval_expiry_hours: 0,
    approval_fields: [],
    override_users: [],
    failure_policy: 'deny',
    ...differences,
  };
}

/** An empty store in memory, for one test. */
export async function openMemoryStore(): Promise<Store> {
  const store = await openStore('file::memory:', {
    onRepeat: () => {},
    onTrouble: (error) => {
      throw error;
    },
  });
  onTestFinished(() => store.close());
  return store;
}

const extensionId = 'com.example.fixture';
const extensionVersion = '1.0.0';

/** Of a delivery without a runtime token: every call fails. */
const client = createClient({ baseUrl: 'http://127.0.0.1:1', credential: undefined, extensionId, extensionVersion });
const endpoints = createEndpoints(client, { extensionId, eventVersion: 'v1', now: () => handledAt });

/** What a context says about calling Kiket where no test calls it. */
export const uncalledKiket = {
  headers: {},
  payload: {},
  client,
  endpoints,
  secrets: endpoints.secrets,
  requireScopes: (...scopes: string[]) => requireScopes(scopes, []),
};

/** A context over an empty store in memory, and what was logged through it so far, without the times. */
export async function createContext(
  differences: Partial<HandlerContext<FixtureSettings>> = {},
): Promise<{ context: HandlerContext<FixtureSettings>; logged: () => unknown[] }> {
  const lines: string[] = [];
  const store = await openMemoryStore();
  const context: HandlerContext<FixtureSettings> = {
    event: 'workflow.before_transition',
    eventVersion: 'v1',
    extensionId,
    extensionVersion,
    ...uncalledKiket,
    settings: settingsWith(),
    secret: () => undefined,
    payloadSecrets: {},
    auth: { runtimeToken: '', tokenType: 'runtime', expiresAt: null, scopes: [] },
    now: handledAt,
    signal: new AbortController().signal,
    log: createLog({ level: 'debug', secretValues: [] }, { write: (line) => void lines.push(line) }),
    store,
    beforeAllow: () => {},
    step: createStep(store.deliveries, { organization: '3', event: 'issue.created', keys: ['id:evt_1'] }, handledAt),
    review: async () => {
      throw new Error('This test expects no review.');
    },
    ...differences,
  };
  const logged = () =>
    lines.map((line) => {
      const { time: _time, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return rest;
    });
  return { context, logged };
}
