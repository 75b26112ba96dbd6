import { SetupError } from '../errors.ts';
import { actionPrefix, guardEvent, isGuardEvent } from '../envelope/events.ts';
import type { Extension } from './extension.ts';
import type { Manifest, Named } from '../manifest/manifest.ts';

/** What the manifest names without a handler, and handlers that it doesn't name. One line each. */
export interface HandlerGaps {
  unhandled: readonly string[];
  unnamed: readonly string[];
}

type Handlers = Pick<Extension<never>, 'guards' | 'listeners' | 'actions'>;

/** Compares the manifest with the extension's table of handlers, in both directions. */
export function findHandlerGaps(manifest: Manifest, { guards, listeners, actions }: Handlers): HandlerGaps {
  const events = [...namesOf(listeners), ...(namesOf(guards).length > 0 ? [guardEvent] : [])];
  const missing = (named: readonly Named[], handled: readonly string[], kind: (name: string) => string) =>
    named
      .filter(({ name }) => !handled.includes(name))
      .map(({ name, at }) => `${at} names the ${kind(name)} "${name}", which has no handler in src/extension.ts.`);
  const extra = (named: readonly Named[], handled: readonly string[], kind: string) =>
    handled
      .filter((name) => !named.some((each) => each.name === name))
      .map((name) => `src/extension.ts handles the ${kind} "${name}", which is not in the manifest.`);
  return {
    unhandled: [
      ...missing(manifest.hooks, events, (name) => (isGuardEvent(name) ? 'guard event' : 'event')),
      ...missing(manifest.actions, namesOf(actions), () => 'action'),
    ],
    unnamed: [...extra(manifest.hooks, events, 'event'), ...extra(manifest.actions, namesOf(actions), 'action')],
  };
}

/** A misspelled import is `undefined`, which handles nothing. */
function namesOf(handlers: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(handlers).filter((name) => typeof handlers[name] === 'function');
}

/** Throws a {@link SetupError} if the manifest names something without a handler. */
export function requireHandlers(manifest: Manifest, extension: Handlers): void {
  const { unhandled } = findHandlerGaps(manifest, extension);
  if (unhandled.length > 0) throw new SetupError(unhandled);
}

/** Every event that the extension handles. */
export function handledEvents({ listeners, actions }: Omit<Handlers, 'guards'>): ReadonlySet<string> {
  return new Set([guardEvent, ...Object.keys(listeners), ...Object.keys(actions).map((key) => actionPrefix + key)]);
}
