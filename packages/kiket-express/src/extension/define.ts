import type { Logger } from 'pino';
import * as z from 'zod';
import type { KiketClient } from '../client/client.ts';
import type { CustomDataClient } from '../client/customData.ts';
import type { ExtensionEndpoints } from '../client/endpoints.ts';
import type { IssuesClient } from '../client/issues.ts';
import { isAmong, type Person } from '../approvals/person.ts';
import type { Delivery, Issue, Transition } from '../delivery.ts';
import type { FeedbackHook } from '../telemetry/telemetry.ts';
import type { Decisions, PastDecision } from '../store/store.ts';
import {
  readingApprovals,
  withSlack,
  writingApprovals,
  type ReadingApprovals,
  type WritingApprovals,
} from '../approvals/approvals.ts';
import { allow, type ActionAnswer, type Decision } from './decision.ts';
import type { Action, Context, Extension, Guard, HandlerContext, Listener, Settings } from './extension.ts';
import { readableIssue, type ReadableIssue } from './fields.ts';
import { readInput } from './inputs.ts';
import { optionalCall } from './optionalCall.ts';
import { rowWriter, type WriteRow } from './rows.ts';
import type { Step } from './once.ts';

/** What every handler gets. It only reads. */
export interface Reading<S, Secret extends string> {
  /** The extension's id, from the manifest. */
  extensionId: string;
  /** The extension's settings, as the schema reads them. */
  settings: S;
  /** A secret's value: the installation's own, or else `KIKET_SECRET_<KEY>`. */
  secret: (key: Secret) => string | undefined;
  /** Earlier decisions of the guards. */
  decisions: Pick<Decisions, 'count'>;
  /** Calls to Kiket that only read, with the delivery's token. */
  kiket: ReadingKiket;
  /** When the delivery arrived. Use this instead of the clock. */
  now: Date;
  /** Aborts at the deadline. Pass it to every `fetch`. */
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

/** What a guard gets. Guards can run several times for one move, so they only read. */
export interface GuardInput<S, Secret extends string> extends Reading<S, Secret> {
  /** The open approvals of an issue, and how many of them let a transition through. */
  approvals: ReadingApprovals;
  transition: Omit<Transition, 'issue'> & { issue: ReadableIssue };
}

/** What actions and listeners can do with the decisions of guards. */
export interface WritingDecisions extends Pick<Decisions, 'count'> {
  /** The latest decisions about an issue since its last move, oldest first. They don't count for the next move. */
  use: (issue: Issue, movedAt: Date) => Promise<readonly PastDecision[]>;
}

/** What actions and listeners get. Wrap each effect in a {@link Step}, so that it happens once. */
export interface HandlerInput<S, Secret extends string> extends Omit<Reading<S, Secret>, 'decisions' | 'kiket'> {
  /** The delivery, with everything that Kiket said. */
  delivery: Delivery;
  issue: ReadableIssue | undefined;
  transition: GuardInput<S, Secret>['transition'] | undefined;
  /** Who did it. Empty if Kiket doesn't say. */
  actor: Person;
  /**
   * Whether {@link actor} is certainly one of these people, under any name that a signed body has linked. If two ids
   * are linked with one address, only this delivery's id counts.
   */
  actorIsAmong: (people: readonly Person[]) => Promise<boolean>;
  /** The text that the person entered for an input of the action, by the input's key; blank if there is none. */
  input: (key: string) => string;
  approvals: WritingApprovals;
  decisions: WritingDecisions;
  kiket: ExtensionEndpoints & Pick<KiketClient, 'get' | 'post' | 'put' | 'patch' | 'delete'>;
  /** Runs a part of the work once, however often Kiket delivers. */
  step: Step;
  /** Makes an optional call. If the token lacks the scope, it's logged and skipped. */
  ifAllowed: <Answer>(scope: string, call: () => Promise<Answer>) => Promise<Answer | undefined>;
  /** Comments on the issue, if the installation allows it: once for each call, however often Kiket delivers. */
  comment: (text: string) => Promise<void>;
  /** Writes a row of a module's table, once: see {@link WriteRow}. */
  writeRow: WriteRow;
  /** Runs every guard on a move without recording the decision. */
  review: HandlerContext['review'];
}

/** The names in a manifest. `kiket-dev lint --fix` writes them to `src/manifest.ts`. */
export interface ManifestNames {
  /** Events that listeners may handle (any by default). */
  readonly events?: readonly string[];
  /** Keys of actions (any by default). */
  readonly actions?: readonly string[];
  /** Keys of secrets that handlers may read (none by default). */
  readonly secrets?: readonly string[];
}

type NameOf<Names, Kind extends keyof ManifestNames, Otherwise> = Names extends {
  readonly [Key in Kind]: readonly (infer Name)[];
}
  ? Name & string
  : Otherwise;

/** Handlers by name. */
type Named<Name extends string, Handler> = Readonly<
  [Name] extends [never] ? Record<string, never> : Partial<Record<Name, Handler>>
>;

/** Says which transitions count. If it throws, the failure policy decides. */
export type When<S extends Settings> = (input: Pick<GuardInput<S, never>, 'transition' | 'settings'>) => boolean;

/** The one table of an extension, as its author writes it. */
export interface Table<S extends Settings, Names extends ManifestNames> {
  /** Which transitions the guards decide about (all by default). Others are allowed, and nothing is stored. */
  when?: When<S>;
  /** By name, in the order of their reasons in the answer. */
  guards?: Readonly<Record<string, Guard<S>>>;
  /** Names of the guards that `approvals.override()` skips. All others still apply. */
  overridable?: readonly string[];
  /**
   * Whose overrides count when an issue moves (everyone's by default), so that they stop counting for people who may no
   * longer override.
   */
  overriddenBy?: (settings: S) => readonly Person[];
  /** By action key. */
  actions?: Named<NameOf<Names, 'actions', string>, Action<S>>;
  /** By event. */
  listeners?: Named<NameOf<Names, 'events', string>, Listener<S>>;
  /** Called with the result of each handler run, after the answer is sent. */
  feedbackHook?: FeedbackHook;
}

/** The functions that define an extension, from {@link extension}, typed with its settings and its manifest's names. */
export interface Makers<S extends Settings, Names extends ManifestNames> {
  /**
   * Makes a guard: one rule that returns a decision. If it throws, the failure policy decides.
   *
   * @param options `when` says which of the table's transitions the guard checks (all by default); it allows the others
   */
  guard: (
    check: (input: GuardInput<S, NameOf<Names, 'secrets', never>>) => Decision | Promise<Decision>,
    options?: { when?: When<S> },
  ) => Guard<S>;
  /** Makes an action: something that a person triggers in Kiket. */
  action: (
    run: (input: HandlerInput<S, NameOf<Names, 'secrets', never>>) => ActionAnswer | Promise<ActionAnswer>,
  ) => Action<S>;
  /**
   * Makes a listener: it reacts to an event, and may return an answer for Kiket. If it throws, Kiket delivers again.
   */
  listener: (
    run: (
      input: HandlerInput<S, NameOf<Names, 'secrets', never>>,
    ) => ActionAnswer | void | Promise<ActionAnswer | void>,
  ) => Listener<S>;
  /** Makes the extension from its handlers. Everything in the table is in `.kiket/manifest.yaml` too. */
  define: (table: Table<S, Names>) => Extension<S>;
}

/**
 * Starts an extension with its settings and secrets.
 *
 * @param options `settings` parses the manifest's settings, which are text and numbers (handlers get these if it's
 * omitted); `manifest` has the names that handlers and secrets can have
 */
export function extension<S extends Settings = Settings, const Names extends ManifestNames = { secrets: readonly [] }>({
  settings: settingsSchema = z.record(z.string(), z.unknown()) as unknown as z.ZodType<S>,
}: {
  settings?: z.ZodType<S>;
  manifest?: Names;
} = {}): Makers<S, Names> {
  return {
    guard: (check, { when } = {}) => {
      return (transition, context) => {
        const input = guardInput<S, NameOf<Names, 'secrets', never>>(transition, context);
        return atOnce(when?.(input)) === false ? allow() : check(input);
      };
    },
    action: (run) => (delivery, context) => run(handlerInput(delivery, context)),
    listener: (run) => async (delivery, context) => run(handlerInput(delivery, context)),
    define: ({ when, guards = {}, overridable = [], overriddenBy, actions = {}, listeners = {}, feedbackHook }) => ({
      settingsSchema,
      guards,
      overridable: requireGuards(overridable, guards),
      actions,
      listeners,
      ...(overriddenBy === undefined ? {} : { overriddenBy: (settings: S) => atOnce(overriddenBy(settings)) }),
      ...(feedbackHook === undefined ? {} : { feedbackHook }),
      ...(when === undefined ? {} : { when: (transition, context) => atOnce(when(guardInput(transition, context))) }),
    }),
  };
}

/** JavaScript may answer with a promise. Nobody waits for it, and its rejection must not end the process. */
function atOnce<Answer>(answer: Answer): Answer {
  if (answer instanceof Promise) answer.catch(() => {});
  return answer;
}

/** Throws a `TypeError` for an unknown guard, which would override nothing. */
function requireGuards(names: readonly string[], guards: object): readonly string[] {
  const unknown = names.filter((name) => !Object.hasOwn(guards, name));
  if (unknown.length === 0) return names;
  throw new TypeError(
    `Unknown guard in overridable: ${unknown.join(', ')}. Available: ${Object.keys(guards).join(', ')}.`,
  );
}

/**
 * Makes a handler's input. What only some handlers use is read when they ask for it. All properties are its own, so that
 * `({ transition, ...rest })` matches the types. The getters are shared by all inputs: V8 keeps those of a literal, and
 * the delivery with them, until its next full garbage collection.
 */
class Input {
  readonly #context: Context;

  constructor(context: Context, given: object, lazily: PropertyDescriptorMap) {
    this.#context = context;
    Object.defineProperties(Object.assign(this, given), lazily);
  }

  static lazily(parts: Readonly<Record<string, (context: never) => unknown>>): PropertyDescriptorMap {
    const toGetter = (read: (context: never) => unknown) =>
      function get(this: Input) {
        return read(this.#context as never);
      };
    const getters = Object.entries(parts).map(([name, read]) => [name, { enumerable: true, get: toGetter(read) }]);
    return Object.fromEntries(getters) as PropertyDescriptorMap;
  }
}

const readLazily = {
  now: ({ now }: Context) => now,
  signal: ({ signal }: Context) => signal,
  log: ({ log }: Context) => log,
  payload: ({ payload }: Context) => payload,
};

const guardParts = Input.lazily({ ...readLazily, approvals: readingApprovals, kiket: readingKiket });

const handlerParts = Input.lazily({
  ...readLazily,
  writeRow: rowWriter,
  kiket: ({ client, endpoints }: Context) => ({ ...client, ...endpoints }),
});

/** The input of the guards that ran last. Not in a WeakMap: its values survive V8's quick garbage collections. */
let latest: { context: object; transition: Transition; input: object } | undefined;

/** A guard's input: the same for all guards of a transition, because it's read-only. */
function guardInput<S extends Settings, Secret extends string>(
  transition: Transition,
  context: Context<S>,
): GuardInput<S, Secret> {
  if (latest?.context === context && latest.transition === transition) return latest.input as GuardInput<S, Secret>;
  const given = {
    extensionId: context.extensionId,
    transition: readableTransition(transition, context),
    settings: context.settings,
    secret: context.secret,
    decisions: Object.freeze<GuardInput<S, Secret>['decisions']>({
      count: (project, since) => context.store.decisions.count(project, since),
    }),
  };
  const input = Object.freeze(new Input(context, given, guardParts));
  latest = { context, transition, input };
  return input as unknown as GuardInput<S, Secret>;
}

function readingKiket({ client, endpoints }: Context): ReadingKiket {
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

function handlerInput<S extends Settings, Secret extends string>(
  delivery: Delivery,
  context: HandlerContext<S>,
): HandlerInput<S, Secret> {
  const { issue, transition } = delivery;
  let comments = 0;
  const given: Omit<HandlerInput<S, Secret>, keyof typeof readLazily | 'writeRow' | 'kiket'> = {
    extensionId: context.extensionId,
    delivery,
    issue: issue && readableIssue(issue, context),
    transition: transition && readableTransition(transition, context),
    actor: delivery.actor,
    actorIsAmong: async (people) => {
      const known = await context.store.names.person(delivery.actor, context.now);
      return isAmong(people, known, delivery.actor);
    },
    input: (key) => readInput(context.payload, key),
    settings: context.settings,
    secret: context.secret,
    approvals: writingApprovals(delivery, context),
    decisions: writingDecisions(context),
    step: context.step,
    review: context.review,
    comment: async (text) => {
      const name = issue?.key ?? issue?.id;
      if (name === undefined) return;
      comments += 1;
      const stepName = comments === 1 ? 'comment' : `comment ${comments}`;
      await optionalCall(context, 'comments:write', () =>
        context.step(stepName, async (idempotencyKey) => {
          await context.endpoints.issues.comment(name, text, { idempotencyKey });
        }),
      );
    },
    ifAllowed: (scope, call) => optionalCall(context, scope, call),
  };
  return new Input(context, given, handlerParts) as unknown as HandlerInput<S, Secret>;
}

function readableTransition<S extends Settings>(
  transition: Transition,
  context: Context<S>,
): GuardInput<S, never>['transition'] {
  return Object.freeze({ ...transition, issue: readableIssue(transition.issue, context) });
}

function writingDecisions({ store, now }: Context): WritingDecisions {
  const { decisions } = store;
  return {
    count: (project, since) => decisions.count(project, since),
    use: (issue, movedAt) => decisions.use(issue, withSlack(movedAt), now),
  };
}
