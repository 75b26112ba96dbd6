import type { Logger } from 'pino';
import type * as z from 'zod';
import type { Store } from '../store/store.ts';
import type { ActionAnswer, Decision } from './decision.ts';
import type { Delivery, Transition } from './delivery.ts';
import type { AuthenticationContext } from './sdk.ts';

/** Settings by manifest key. */
export type Settings = Readonly<Record<string, unknown>>;

/** What every handler gets beside its delivery. The names that the Kiket SDK has too mean the same. */
export interface Context<S extends Settings = Settings> {
  /** Canonical event name, such as `workflow.before_transition`. */
  event: string;
  eventVersion: string;
  extensionId: string;
  extensionVersion: string;
  settings: S;
  /** A secret's value: the installation's own, else `KIKET_SECRET_<KEY>`. */
  secret: (key: string) => string | undefined;
  payloadSecrets: Readonly<Record<string, string>>;
  auth: AuthenticationContext;
  /** When the delivery arrived. Handlers ask no other clock. */
  now: Date;
  /** Aborts at the deadline: give it to every outgoing call. */
  signal: AbortSignal;
  /** Writes one JSON line with the delivery's id. Bodies, tokens and secrets do not belong into it. */
  log: Logger;
  store: Pick<Store, 'approvals' | 'decisions'>;
}

/** For actions and listeners, which may ask what the guards would say. */
export interface HandlerContext<S extends Settings = Settings> extends Context<S> {
  /** Runs every guard on a move without recording the decision. */
  review: (transition: Transition) => Promise<Decision>;
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

/** Reacts to something that has happened. What it throws makes Kiket deliver again. */
export type Listener<S extends Settings = Settings> = (
  delivery: Delivery,
  context: HandlerContext<S>,
) => void | Promise<void>;

/** The one table of an extension: what it checks, what it listens to and what people can trigger. */
export interface Extension<S extends Settings = Settings> {
  /** Turns the manifest's settings, which are text and numbers, into what the handlers use. */
  settingsSchema: z.ZodType<S>;
  /** By name, in the order in which their reasons are told. */
  guards: Readonly<Record<string, Guard<S>>>;
  /** By event. */
  listeners: Readonly<Record<string, Listener<S>>>;
  /** By action key. */
  actions: Readonly<Record<string, Action<S>>>;
}
