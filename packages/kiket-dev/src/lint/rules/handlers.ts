import { canonicalEvent, guardEvent } from '../../../../kiket-express/src/receive/events.ts';
import { error } from '../found.ts';
import { handlerFile, readHandlerTable, type HandlerTable, type Handlers } from '../handlerTable.ts';
import { namedIn, type Named } from '../named.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';

/** Every hook, action and command has a handler, and every handler is named in the manifest. */
export function handlerRules(project: Project): Problem[] {
  const manifest = project.manifest();
  const table = readHandlerTable(project);
  if (manifest === undefined || table === undefined) return [];
  const named = namedIn(manifest);
  return [...unhandled(named, table), ...unnamed(named, table)];
}

function unhandled(named: readonly Named[], table: HandlerTable): Problem[] {
  return named
    .filter((each) => !mayBeHandled(each, table))
    .map(({ kind, written, name, place }) => {
      const message = `The ${kind} ${written} has no handler in ${handlerFile}.`;
      const [part, key] = kind === 'hook' ? ['listeners', 'for the event'] : ['actions', 'with the key'];
      const handler = name === guardEvent ? 'a guard to `guards`' : `a handler to \`${part}\` ${key} ${name}`;
      return error('handler-missing', place, { message, hint: `Add ${handler} there, or remove it here.` });
    });
}

/** False only where it is certain that nobody handles it. */
function mayBeHandled({ kind, name }: Named, { guards, listeners, actions }: HandlerTable): boolean {
  if (name === guardEvent) return guards === undefined || !guards.isComplete || guards.names.size > 0;
  const isIn = (handlers: Handlers | undefined) =>
    handlers === undefined || !handlers.isComplete || handlers.names.has(name);
  if (kind === 'workflow action') return isIn(listeners) || isIn(actions);
  return isIn(kind === 'hook' ? listeners : actions);
}

function unnamed(named: readonly Named[], { guards, listeners, actions }: HandlerTable): Problem[] {
  const names = new Set(named.flatMap(({ name, written }) => [name, canonicalEvent(written, new Map())]));
  const check = (kind: string, handlers: Handlers | undefined, hint: string) =>
    [...(handlers?.names ?? [])]
      .filter(([name]) => !names.has(kind === 'guard' ? guardEvent : canonicalEvent(name, new Map())))
      .map(([name, place]) => {
        const message = `The ${kind} ${name} is never called: the manifest does not name ${kind === 'guard' ? guardEvent : 'it'}.`;
        return error('handler-unnamed', place, { message, hint });
      });
  return [
    ...check('guard', guards, `Add a hook with event: ${guardEvent} and required: true.`),
    ...check('listener', listeners, 'Add its event to hooks, or remove the listener.'),
    ...check('action', actions, 'Add it to actions and to contributes.commands, or remove it here.'),
  ];
}
