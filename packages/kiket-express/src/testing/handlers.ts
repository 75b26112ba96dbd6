import { pino } from 'pino';
import { DeliveryContext } from '../extension/context.ts';
import type { ActionAnswer, Decision } from '../extension/decision.ts';
import type { Action, Guard, HandlerContext, Listener, Settings } from '../extension/extension.ts';
import { createStep } from '../extension/once.ts';
import type { Delivery, Issue, Transition } from '../delivery.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { noon, nowhere } from './kiket.ts';

/** The input of a handler in a test. Everything has a default. */
export interface HandlerTest<S extends Settings> {
  settings: S;
  /** What differs from {@link testIssue}. */
  issue?: Partial<Issue>;
  /** What differs from a move from "review" to "done" by user 19. */
  transition?: Partial<Omit<Transition, 'issue'>>;
  /** Anything else in the delivery, such as `{ actor: ['id:29'] }`. */
  delivery?: Partial<Delivery>;
  secrets?: Readonly<Record<string, string>>;
  /** {@link noon} by default. */
  now?: Date;
  /** Kiket's address, such as the URL of a {@link startTestApi}. Without it, there's no token to call Kiket. */
  baseUrl?: string;
  /** The store: see {@link openTestStore}. Empty by default. */
  store?: Store;
  /** What a review returns. */
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

/** Asks a guard about a move. */
export function askGuard<S extends Settings>(guard: Guard<S>, given: HandlerTest<S>): Promise<Decision> {
  const delivery = deliveryOf({ ...given, transition: given.transition ?? {} });
  return withContext(given, delivery, async (context) => guard(delivery.transition as Transition, context));
}

/** Runs an action that user 23 triggers on an issue, or another person: `delivery: { actor: ['id:29'] }`. */
export function runAction<S extends Settings>(action: Action<S>, given: HandlerTest<S>): Promise<ActionAnswer> {
  const pressed = { event: 'action:test', actionKey: 'test', actor: ['id:23'] };
  const delivery = deliveryOf({ ...given, delivery: { ...pressed, ...given.delivery } });
  return withContext(given, delivery, async (context) => action(delivery, context));
}

/** Calls a listener with a move, or with anything else in the delivery. */
export function runListener<S extends Settings>(
  listener: Listener<S>,
  given: HandlerTest<S>,
): Promise<ActionAnswer | void> {
  const delivery = deliveryOf({ ...given, transition: given.transition ?? {} });
  return withContext(given, delivery, async (context) => listener(delivery, context));
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

async function withContext<S extends Settings, Answer>(
  { settings, secrets = {}, now = noon, baseUrl = nowhere, store: given, review = unknownReview }: HandlerTest<S>,
  delivery: Delivery,
  run: (context: HandlerContext<S>) => Promise<Answer>,
): Promise<Answer> {
  const store = given ?? (await openTestStore());
  const manifest = { id: 'com.example.test', version: '1.0.0' };
  const received = {
    delivery,
    headers: {},
    now,
    deadline: { signal: new AbortController().signal, endsAt: Infinity },
    log: () => pino({ level: 'silent' }),
  };
  const keys = { organization: delivery.organization, event: delivery.event, keys: [`id:${delivery.id}`] };
  const context = new DeliveryContext({ manifest, settings, secrets, store, baseUrl }, received);
  try {
    return await run(Object.assign(context, { step: createStep(store.deliveries, keys, now), review }));
  } finally {
    if (given === undefined) await store.close();
  }
}

function unknownReview(): never {
  throw new Error('This test defines no review. Pass `review` to define one.');
}

function deliveryOf<S extends Settings>({ issue, transition, delivery, baseUrl }: HandlerTest<S>): Delivery {
  const named = testIssue(issue);
  return {
    id: 'evt_1',
    signedId: 'evt_1',
    event: 'workflow.before_transition',
    eventVersion: 'v1',
    actionKey: undefined,
    occurredAt: undefined,
    organization: named.organization,
    subdomain: undefined,
    isOrganizationAssumed: false,
    projectId: named.projectId,
    projectKey: named.projectKey,
    issue: named,
    transition: transition && { issue: named, from: 'review', to: 'done', mover: ['id:19'], ...transition },
    actor: ['id:19'],
    auth: { runtimeToken: baseUrl === undefined ? '' : 'rt_test', tokenType: 'runtime', expiresAt: null, scopes: [] },
    secrets: {},
    missingSecrets: [],
    settings: [],
    freshness: { expiresAt: undefined, signedTimes: [] },
    payload: {},
    ...delivery,
  };
}
