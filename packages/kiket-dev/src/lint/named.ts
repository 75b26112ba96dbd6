import { canonicalEvent } from '../../../kiket-express/src/receive/events.ts';
import { actionKeyOf } from '../../../kiket-express/src/manifest/manifest.ts';
import type { Place } from './found.ts';
import type { ManifestFile } from './project.ts';
import { asList, asMap, asText } from './values.ts';
import type { Path } from './yamlFile.ts';

/** Something that the manifest promises to handle. */
export interface Named {
  kind: 'hook' | 'action' | 'command' | 'workflow action' | 'test action';
  /** What the handler is called: the canonical event of a hook, the key of an action. */
  name: string;
  /** As the manifest has it. */
  written: string;
  place: Place;
}

/** Everything that the manifest names and Kiket may deliver. */
export function namedIn(manifest: ManifestFile): Named[] {
  const { extension, prefix } = manifest;
  const { commands, workflow_actions: steps } = asMap(extension['contributes']);
  const list = (
    items: unknown,
    path: Path,
    read: (item: Readonly<Record<string, unknown>>) => [unknown, ...string[]],
  ) =>
    asList(items).flatMap((item, index) => {
      const [value, ...keys] = read(typeof item === 'string' ? { event: item } : asMap(item));
      const written = asText(value);
      return written === undefined ? [] : [{ written, place: manifest.at([...prefix, ...path, index, ...keys]) }];
    });
  const hooks = [
    ...list(extension['hooks'], ['hooks'], ({ event }) => [event, 'event']),
    ...['activationEvents', 'activation_events'].flatMap((key) => list(extension[key], [key], ({ event }) => [event])),
  ];
  const actions = list(extension['actions'], ['actions'], ({ key }) => [key, 'key']);
  const commandEvents = list(commands, ['contributes', 'commands'], ({ handler }) => [
    asMap(handler)['event'],
    'handler',
    'event',
  ]);
  const stepEvents = list(steps, ['contributes', 'workflow_actions'], ({ handler }) => [handler, 'handler']);
  const tests = list(extension['setup'], ['setup'], ({ test }) => [asMap(test)['action'], 'test', 'action']);
  const byEvent = (kind: Named['kind'], items: typeof hooks) =>
    items.map((item) => ({ kind, name: actionKeyOf(item.written), ...item }));
  return [
    ...hooks.map((hook) => ({ kind: 'hook' as const, name: canonicalEvent(hook.written, new Map()), ...hook })),
    ...actions.map((action) => ({ kind: 'action' as const, name: action.written, ...action })),
    ...byEvent('command', commandEvents),
    ...byEvent('workflow action', stepEvents),
    ...byEvent('test action', tests),
  ];
}
