import type { Logger } from 'pino';
import type * as z from 'zod';
import type { KiketClient } from '../client/client.ts';
import type { CustomDataClient } from '../client/customData.ts';
import type { ExtensionEndpoints } from '../client/endpoints.ts';
import type { IssuesClient } from '../client/issues.ts';
import type { Person } from '../approvals/person.ts';
import type { Delivery, Issue, Transition } from '../receive/delivery.ts';
import type { FeedbackHook } from '../telemetry/telemetry.ts';
import type { Decisions, PastDecision } from '../store/store.ts';
import {
  readingApprovals,
  withSlack,
  writingApprovals,
  type ReadingApprovals,
  type WritingApprovals,
} from '../approvals/approvals.ts';
import type { ActionAnswer, Decision } from './decision.ts';
import type { Action, Context, Extension, Guard, HandlerContext, Listener, Settings } from './extension.ts';
import { readableIssue, type ReadableIssue } from './fields.ts';
import { callIfAllowed } from './ifAllowed.ts';
import { rowWriter, type WriteRow } from './rows.ts';
import type { Step } from './steps.ts';

/** What every handler gets. Nothing in it changes anything. */
export interface Reading<S, Secret extends string> {
  /** The extension's id, from the manifest. */
  extensionId: string;
  /** The extension's settings, as the schema reads them. */
  settings: S;
  /** A secret's value: the installation's own, or else `KIKET_SECRET_<KEY>`. */
  secret: (key: Secret) => string | undefined;
  /** How the guards have decided before. */
  decisions: Pick<Decisions, 'count'>;
  /** Reading calls to Kiket, with the delivery's token. */
  kiket: ReadingKiket;
  /** When the delivery arrived. Handlers ask no other clock. */
  now: Date;
  /** Aborts at the deadline. Give it to every `fetch`. */
  signal: AbortSignal;
  /** Writes one JSON line with the delivery's id. */
  log: Logger;
  /** The body as it was sent. */
  payload: Delivery['payload'];
}

/** The calls to Kiket that only read. */
export interface ReadingKiket {
  issues: Pick<IssuesClient, 'get' | 'list'>;
  customData: (projectId: string | number) => Pick<CustomDataClient, 'get' | 'list'>;
  slaEvents: ExtensionEndpoints['slaEvents'];
  get: KiketClient['get'];
}

/** What a guard gets. It is asked again and again, so it only reads. */
export interface GuardInput<S, Secret extends string> extends Reading<S, Secret> {
  /** The open approvals of an issue, and how many of them let a transition through. */
  approvals: ReadingApprovals;
  transition: Omit<Transition, 'issue'> & { issue: ReadableIssue };
}

/** What actions and listeners can do with the decisions of guards. */
export interface WritingDecisions extends Pick<Decisions, 'count'> {
  /** The latest decisions about an issue since its last move, oldest first. They are none of the next move's. */
  use: (issue: Issue, movedAt: Date) => Promise<readonly PastDecision[]>;
}

/** What actions and listeners get. Wrap each effect in a {@link Step}, so that it happens once. */
export interface HandlerInput<S, Secret extends string> extends Omit<Reading<S, Secret>, 'decisions' | 'kiket'> {
  /** The delivery, with everything that Kiket said. */
  delivery: Delivery;
  issue: ReadableIssue | undefined;
  transition: GuardInput<S, Secret>['transition'] | undefined;
  /** Who did it. Empty if Kiket does not say. */
  actor: Person;
  approvals: WritingApprovals;
  decisions: WritingDecisions;
  kiket: ExtensionEndpoints & Pick<KiketClient, 'get' | 'post' | 'put' | 'patch' | 'delete'>;
  /** Does a part of the work once, however often the delivery comes. */
  step: Step;
  /** Makes a call that is good to have: where the token lacks the scope, the log says so and nothing else happens. */
  ifAllowed: <Answer>(scope: string, call: () => Promise<Answer>) => Promise<Answer | undefined>;
  /** Writes a row of a module's table, once: see {@link WriteRow}. */
  writeRow: WriteRow;
  /** Runs every guard on a move without recording the decision. */
  review: HandlerContext['review'];
}

/** The one table of an extension, as its author writes it. */
export interface Table<S extends Settings, Secret extends string> {
  /** Which transitions are the extension's business; all, unless told otherwise. Others are allowed, and nothing is kept. */
  when?: (input: Pick<GuardInput<S, Secret>, 'transition' | 'settings'>) => boolean;
  /** By name, in the order in which their reasons are told. */
  guards?: Readonly<Record<string, Guard<S>>>;
  /** By action key. */
  actions?: Readonly<Record<string, Action<S>>>;
  /** By event. */
  listeners?: Readonly<Record<string, Listener<S>>>;
  /** Told how each run of a handler went, after its answer has been sent. */
  feedbackHook?: FeedbackHook;
}

/** The words in which an extension is written: {@link extension} makes them, with the types of its settings and secrets. */
export interface Words<S extends Settings, Secret extends string> {
  /** Makes a guard: one rule, which returns a decision. What it throws is answered by the failure policy. */
  guard: (check: (input: GuardInput<S, Secret>) => Decision | Promise<Decision>) => Guard<S>;
  /** Makes an action: something that a person triggers in Kiket. */
  action: (run: (input: HandlerInput<S, Secret>) => ActionAnswer | Promise<ActionAnswer>) => Action<S>;
  /** Makes a listener: it reacts to something that has happened. What it throws makes Kiket deliver again. */
  listener: (run: (input: HandlerInput<S, Secret>) => void | Promise<void>) => Listener<S>;
  /** Makes the extension of its handlers. Whatever the table names, `.kiket/manifest.yaml` names too. */
  define: (table: Table<S, Secret>) => Extension<S>;
}

/**
 * Begins an extension.
 *
 * @param options `settings` reads the manifest's settings, which are text and numbers; `secrets` are the keys of those that
 * handlers may ask for
 */
export function extension<S extends Settings, const Secret extends string = never>({
  settings: settingsSchema,
}: {
  settings: z.ZodType<S>;
  secrets?: readonly Secret[];
}): Words<S, Secret> {
  return {
    guard: (check) => (transition, context) => check(new GuardView<S, Secret>(transition, context)),
    action: (run) => (delivery, context) => run(new HandlerView<S, Secret>(delivery, context)),
    listener: (run) => async (delivery, context) => run(new HandlerView<S, Secret>(delivery, context)),
    define: ({ when, guards = {}, actions = {}, listeners = {}, feedbackHook }) => ({
      settingsSchema,
      guards,
      actions,
      listeners,
      ...(feedbackHook === undefined ? {} : { feedbackHook }),
      ...(when === undefined
        ? {}
        : { when: (transition, context) => when(new GuardView<S, Secret>(transition, context)) }),
    }),
  };
}

/** What is common to all inputs. Getters, so that a handler pays for what it asks. */
class View<S extends Settings, Secret extends string> {
  readonly #context: Context<S>;

  constructor(context: Context<S>) {
    this.#context = context;
  }

  get extensionId(): string {
    return this.#context.extensionId;
  }

  get settings(): S {
    return this.#context.settings;
  }

  get secret(): (key: Secret) => string | undefined {
    return this.#context.secret;
  }

  get now(): Date {
    return this.#context.now;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get log(): Logger {
    return this.#context.log;
  }

  get payload(): Delivery['payload'] {
    return this.#context.payload;
  }

  protected readable(issue: Issue): ReadableIssue {
    return readableIssue(issue, this.#context);
  }
}

class GuardView<S extends Settings, Secret extends string> extends View<S, Secret> implements GuardInput<S, Secret> {
  readonly #transition: Transition;
  readonly #context: Context<S>;

  constructor(transition: Transition, context: Context<S>) {
    super(context);
    this.#transition = transition;
    this.#context = context;
  }

  get transition(): GuardInput<S, Secret>['transition'] {
    return { ...this.#transition, issue: this.readable(this.#transition.issue) };
  }

  get approvals(): ReadingApprovals {
    return readingApprovals(this.#context);
  }

  get decisions(): Pick<Decisions, 'count'> {
    const { decisions } = this.#context.store;
    return { count: (project, since) => decisions.count(project, since) };
  }

  get kiket(): ReadingKiket {
    const { client, endpoints } = this.#context;
    const { issues } = endpoints;
    return {
      issues: { get: (key) => issues.get(key), list: (params) => issues.list(params) },
      customData: (projectId) => {
        const table = endpoints.customData(projectId);
        return {
          get: (module, name, id) => table.get(module, name, id),
          list: (module, name, options) => table.list(module, name, options),
        };
      },
      slaEvents: (projectId) => endpoints.slaEvents(projectId),
      get: (path, options) => client.get(path, options),
    };
  }
}

class HandlerView<S extends Settings, Secret extends string>
  extends View<S, Secret>
  implements HandlerInput<S, Secret>
{
  readonly delivery: Delivery;
  readonly #context: HandlerContext<S>;

  constructor(delivery: Delivery, context: HandlerContext<S>) {
    super(context);
    this.delivery = delivery;
    this.#context = context;
  }

  get issue(): ReadableIssue | undefined {
    const { issue } = this.delivery;
    return issue && this.readable(issue);
  }

  get transition(): GuardInput<S, Secret>['transition'] | undefined {
    const { transition } = this.delivery;
    return transition && { ...transition, issue: this.readable(transition.issue) };
  }

  get actor(): Person {
    return this.delivery.actor;
  }

  get approvals(): WritingApprovals {
    return writingApprovals(this.delivery, this.#context);
  }

  get decisions(): WritingDecisions {
    const { store, now } = this.#context;
    const { decisions } = store;
    return {
      count: (project, since) => decisions.count(project, since),
      use: (issue, movedAt) => decisions.use(issue, withSlack(movedAt), now),
    };
  }

  get kiket(): HandlerInput<S, Secret>['kiket'] {
    const { client, endpoints } = this.#context;
    return { ...client, ...endpoints };
  }

  get step(): Step {
    return this.#context.step;
  }

  get review(): HandlerContext['review'] {
    return this.#context.review;
  }

  get writeRow(): WriteRow {
    return rowWriter(this.#context);
  }

  get ifAllowed(): HandlerInput<S, Secret>['ifAllowed'] {
    return (scope, call) => callIfAllowed(this.#context, scope, call);
  }
}
