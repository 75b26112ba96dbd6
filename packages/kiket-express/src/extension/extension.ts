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
import type { Step } from './once.ts';
import type { FeedbackHook } from '../telemetry/telemetry.ts';

/** Settings by manifest key. */
export type Settings = Readonly<Record<string, unknown>>;

/** What every handler gets besides its delivery. Names that the Kiket SDK also has mean the same here. */
export interface Context<S extends Settings = Settings> {
  /** Canonical event name, such as `workflow.before_transition`. */
  event: string;
  eventVersion: string;
  extensionId: string;
  extensionVersion: string;
  /** By lower-case name, without the signature and credentials. Headers are not signed. */
  headers: Headers;
  /** The body as it was sent. */
  payload: Delivery['payload'];
  settings: S;
  /** A secret's value: the installation's own, else `KIKET_SECRET_<KEY>`. */
  secret: (key: string) => string | undefined;
  payloadSecrets: Readonly<Record<string, string>>;
  /** Kiket's own secret store. Each use is a call. */
  secrets: ExtensionSecretManager;
  auth: AuthenticationContext;
  /** Throws a `ScopeError` unless the delivery's token has all of these scopes, in any spelling. */
  requireScopes: (...scopes: string[]) => void;
  /** Calls Kiket with the delivery's runtime token, until the deadline. */
  client: KiketClient;
  /** The same, as typed calls: `endpoints.issues.comment('ORD-42', 'Approved.')`. */
  endpoints: ExtensionEndpoints;
  /** When the delivery arrived. Use this instead of the clock. */
  now: Date;
  /** Aborts at the deadline. Pass it to every outgoing call. */
  signal: AbortSignal;
  /** Writes one JSON line with the delivery's id. Don't log bodies, tokens or secrets. */
  log: Logger;
  /** In actions and listeners, changes to approvals take effect once, however often Kiket delivers. */
  store: Pick<Store, 'approvals' | 'decisions' | 'names'>;
  /**
   * In a guard: what to do before an `allow` of all guards is sent, such as storing what it's based on. If it returns
   * `false`, the basis has changed, and every guard is asked again. Dry runs skip it.
   */
  beforeAllow: (keep: () => Promise<boolean>) => void;
}

/** For actions and listeners, which can ask what the guards would say. */
export interface HandlerContext<S extends Settings = Settings> extends Context<S> {
  /** Runs every guard on a move without recording the decision. `guards` has each answer. */
  review: (transition: Transition) => Promise<Decision & { guards: readonly DecisionReason[] }>;
  /** Runs a part of the work once, however often Kiket delivers: see {@link Step}. */
  step: Step;
}

/** One rule. Returns a decision. If it throws, the failure policy decides. */
export type Guard<S extends Settings = Settings> = (
  transition: Transition,
  context: Context<S>,
) => Decision | Promise<Decision>;

/** Something that a person triggers in Kiket. */
export type Action<S extends Settings = Settings> = (
  delivery: Delivery,
  context: HandlerContext<S>,
) => ActionAnswer | Promise<ActionAnswer>;

/** Reacts to an event, and may answer Kiket. If it throws, Kiket delivers again. */
export type Listener<S extends Settings = Settings> = (
  delivery: Delivery,
  context: HandlerContext<S>,
) => ActionAnswer | void | Promise<ActionAnswer | void>;

/** The one table of an extension: what it checks, what it listens to and what people can trigger. */
export interface Extension<S extends Settings = Settings> {
  /** Parses the manifest's settings, which are text and numbers, into what the handlers use. */
  settingsSchema: z.ZodType<S>;
  /** Which transitions the guards decide about (all by default). Others are allowed, and nothing is stored. */
  when?: (transition: Transition, context: Context<S>) => boolean;
  /** By name, in the order of their reasons in the answer. */
  guards: Readonly<Record<string, Guard<S>>>;
  /** Names of the guards that an override skips. */
  overridable?: readonly string[];
  /** Whose overrides count when an issue moves (everyone's by default). */
  overriddenBy?: (settings: S) => readonly Person[];
  /** By event. */
  listeners: Readonly<Record<string, Listener<S>>>;
  /** By action key. */
  actions: Readonly<Record<string, Action<S>>>;
  /** Called with the result of each handler run, after the answer is sent. */
  feedbackHook?: FeedbackHook;
}
