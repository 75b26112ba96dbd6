import type { Logger } from 'pino';
import type * as z from 'zod';
import type { DecisionReason, Store } from '../store/store.ts';
import type { KiketClient } from '../client/client.ts';
import type { ActionAnswer, Decision } from './decision.ts';
import type { Person } from '../approvals/person.ts';
import type { Delivery, Transition } from '../delivery.ts';
import type { ExtensionEndpoints } from '../client/endpoints.ts';
import type { AuthenticationContext, Headers } from '../schemas.ts';
import type { ExtensionSecretManager } from '../client/secretManager.ts';
import type { Step } from './steps.ts';
import type { FeedbackHook } from '../telemetry/telemetry.ts';

/** Settings by manifest key. */
export type Settings = Readonly<Record<string, unknown>>;

/** What every handler gets beside its delivery. The names that the Kiket SDK has too mean the same. */
export interface Context<S extends Settings = Settings> {
  /** Canonical event name, such as `workflow.before_transition`. */
  event: string;
  eventVersion: string;
  extensionId: string;
  extensionVersion: string;
  /** By name in lower case, without the signature and without credentials. They are not signed. */
  headers: Headers;
  /** The body as it was sent. */
  payload: Delivery['payload'];
  settings: S;
  /** A secret's value: the installation's own, else `KIKET_SECRET_<KEY>`. */
  secret: (key: string) => string | undefined;
  payloadSecrets: Readonly<Record<string, string>>;
  /** Kiket's own store of secrets: each use is a call. */
  secrets: ExtensionSecretManager;
  auth: AuthenticationContext;
  /** Throws a `ScopeError` unless the delivery's token has every one of them, however they are written. */
  requireScopes: (...scopes: string[]) => void;
  /** Calls Kiket with the delivery's runtime token, until the deadline. */
  client: KiketClient;
  /** The same as typed calls: `endpoints.issues.comment('ORD-42', 'Approved.')`. */
  endpoints: ExtensionEndpoints;
  /** When the delivery arrived. Handlers ask no other clock. */
  now: Date;
  /** Aborts at the deadline: give it to every outgoing call. */
  signal: AbortSignal;
  /** Writes one JSON line with the delivery's id. Bodies, tokens and secrets do not belong into it. */
  log: Logger;
  /** In actions and listeners, changes to approvals are made once, however often the delivery comes. */
  store: Pick<Store, 'approvals' | 'decisions' | 'names'>;
  /**
   * In a guard: what to do before an `allow` of all guards is answered, such as keeping what it rests on. If it returns
   * `false`, that does not hold any more, and every guard is asked once more. A dry run does nothing of the kind.
   */
  beforeAllow: (keep: () => Promise<boolean>) => void;
}

/** For actions and listeners, which may ask what the guards would say. */
export interface HandlerContext<S extends Settings = Settings> extends Context<S> {
  /** Runs every guard on a move without recording the decision. `guards` has what each of them said. */
  review: (transition: Transition) => Promise<Decision & { guards: readonly DecisionReason[] }>;
  /** Does a part of the work once, however often the delivery comes: see {@link Step}. */
  step: Step;
}

/** One rule. Returns a decision; what it throws becomes an answer by the failure policy. */
export type Guard<S extends Settings = Settings> = (
  transition: Transition,
  context: Context<S>,
) => Decision | Promise<Decision>;

/** Something that a person triggers in Kiket. */
export type Action<S extends Settings = Settings> = (
  delivery: Delivery,
  context: HandlerContext<S>,
) => ActionAnswer | Promise<ActionAnswer>;

/** Reacts to something that has happened, and may tell Kiket how. What it throws makes Kiket deliver again. */
export type Listener<S extends Settings = Settings> = (
  delivery: Delivery,
  context: HandlerContext<S>,
) => ActionAnswer | void | Promise<ActionAnswer | void>;

/** The one table of an extension: what it checks, what it listens to and what people can trigger. */
export interface Extension<S extends Settings = Settings> {
  /** Turns the manifest's settings, which are text and numbers, into what the handlers use. */
  settingsSchema: z.ZodType<S>;
  /** Which transitions the guards are asked about; all, if it is left out. The others are allowed, and nothing is kept. */
  when?: (transition: Transition, context: Context<S>) => boolean;
  /** By name, in the order in which their reasons are told. */
  guards: Readonly<Record<string, Guard<S>>>;
  /** Names of the guards that an override lets a move pass. */
  overridable?: readonly string[];
  /** Whose overrides count when an issue moves; everybody's, if it is left out. */
  overriddenBy?: (settings: S) => readonly Person[];
  /** By event. */
  listeners: Readonly<Record<string, Listener<S>>>;
  /** By action key. */
  actions: Readonly<Record<string, Action<S>>>;
  /** Told how each run of a handler went, after its answer has been sent. */
  feedbackHook?: FeedbackHook;
}
