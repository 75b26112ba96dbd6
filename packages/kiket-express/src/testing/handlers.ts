import { pino } from 'pino';
import { DeliveryContext } from '../extension/context.ts';
import type { ActionAnswer, Decision } from '../extension/decision.ts';
import type { Action, Guard, HandlerContext, Listener, Settings } from '../extension/extension.ts';
import { createStep } from '../extension/steps.ts';
import type { Delivery, Issue, Transition } from '../receive/delivery.ts';
import type { Arrival } from '../receive/dispatch.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { noon, nowhere } from './kiket.ts';

/** What a handler is called with in a test. Whatever is left out has a plain value of its own. */
export interface HandlerTest<S extends Settings> {
  settings: S;
  issue?: Partial<Issue>;
  transition?: Partial<Omit<Transition, 'issue'>>;
  /** Anything else that the delivery says. */
  delivery?: Partial<Delivery>;
  secrets?: Readonly<Record<string, string>>;
  /** {@link noon} unless told otherwise. */
  now?: Date;
  /** Where Kiket is; nowhere unless told otherwise, so that every call fails. */
  baseUrl?: string;
  /** What is remembered; nothing, unless told otherwise. */
  store?: Store;
  /** What the guards say to actions that ask for a review. */
  review?: HandlerContext<S>['review'];
}

/** An issue as a delivery describes it. */
export function testIssue(differences: Partial<Issue> = {}): Issue {
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

/** Asks a guard about the move of an issue from "review" to "done" by user 19, or another one. */
export async function askGuard<S extends Settings>(guard: Guard<S>, given: HandlerTest<S>): Promise<Decision> {
  const { delivery, context } = await surroundingsOf(given);
  return guard(delivery.transition as Transition, context);
}

/** Runs an action that user 23 has triggered on an issue, or somebody else. */
export async function runAction<S extends Settings>(action: Action<S>, given: HandlerTest<S>): Promise<ActionAnswer> {
  const { delivery, context } = await surroundingsOf({
    ...given,
    delivery: { event: 'action:test', actionKey: 'test', actor: ['id:23'], ...given.delivery },
  });
  return action(delivery, context);
}

/** Tells a listener of a move, or of what else the delivery says. */
export async function tellListener<S extends Settings>(listener: Listener<S>, given: HandlerTest<S>): Promise<void> {
  const { delivery, context } = await surroundingsOf(given);
  await listener(delivery, context);
}

/** Opens a store in memory. Close it when the test ends. */
export function openTestStore(): Promise<Store> {
  return openStore('file::memory:', {
    onRepeat: () => {},
    onTrouble: (error) => {
      throw error;
    },
  });
}

async function surroundingsOf<S extends Settings>(
  given: HandlerTest<S>,
): Promise<{ delivery: Delivery; context: HandlerContext<S> }> {
  const { settings, secrets = {}, now = noon, baseUrl = nowhere } = given;
  const store = given.store ?? (await openTestStore());
  const delivery = deliveryOf(given);
  const manifest = { id: 'com.example.test', version: '1.0.0' } as never;
  const arrival: Arrival = {
    delivery,
    signed: { body: Buffer.from('{}'), signedTimestamp: undefined },
    headers: {},
    now,
    deadline: { signal: new AbortController().signal, endsAt: Infinity },
    log: () => pino({ level: 'silent' }),
  };
  const keys = { organization: delivery.organization, event: delivery.event, keys: [`id:${delivery.id}`] };
  const context = new DeliveryContext<S>(
    { manifest, settings, secrets, store, baseUrl, extension: undefined as never, failurePolicy: 'deny' },
    arrival,
  );
  const review =
    given.review ??
    (() => {
      throw new Error('This test says nothing about a review.');
    });
  return { delivery, context: Object.assign(context, { step: createStep(store.steps, keys, now), review }) };
}

function deliveryOf<S extends Settings>({ issue: differences, transition, delivery }: HandlerTest<S>): Delivery {
  const issue = testIssue(differences);
  return {
    id: 'evt_1',
    signedId: 'evt_1',
    event: 'workflow.before_transition',
    eventVersion: 'v1',
    actionKey: undefined,
    occurredAt: undefined,
    organization: issue.organization,
    subdomain: undefined,
    isOrganizationAssumed: false,
    projectId: issue.projectId,
    projectKey: issue.projectKey,
    issue,
    transition: { issue, from: 'review', to: 'done', mover: ['id:19'], ...transition },
    actor: ['id:19'],
    auth: { runtimeToken: '', tokenType: 'runtime', expiresAt: null, scopes: [] },
    secrets: {},
    missingSecrets: [],
    freshness: { expiresAt: undefined, signedTimes: [] },
    payload: {},
    ...delivery,
  };
}
