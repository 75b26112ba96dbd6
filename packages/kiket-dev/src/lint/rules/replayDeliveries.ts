import { parseDelivery } from '../../../../kiket-express/src/receive/delivery.ts';
import { DeliveryError } from '../../../../kiket-express/src/receive/errors.ts';
import { actionPrefix, canonicalEvent, guardEvent } from '../../../../kiket-express/src/receive/events.ts';
import { error, startOf, type Place } from '../found.ts';
import { readHandlerTable } from '../handlerTable.ts';
import { findJsonError } from '../jsonError.ts';
import { namedIn, type Named } from '../named.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { isNear } from '../shapes/nearMisses.ts';
import { asMap } from '../values.ts';

/** A step of the scenario: which payload it sends and what should come back. */
export interface SentStep {
  /** The payload's path. */
  file: string;
  http: unknown;
  /** `status` of the answer. */
  status: unknown;
  /** Where its name stands. */
  place: Place;
  statusPlace: Place;
}

/** Reads a payload as the server would; the error if the server would reject it. */
export function createReader(project: Project, manifest: ManifestFile): (file: string) => string | DeliveryError {
  const named = namedIn(manifest);
  const commands = named.filter(({ kind }) => kind === 'command' || kind === 'test action');
  const actions = named.filter(({ kind }) => kind === 'action');
  const defaults = {
    // What is not written like a version has been told of, and is meant as one.
    apiVersion: `v${/\d+/.exec(String(manifest.extension['api_version']))?.[0] ?? '1'}`,
    commandEvents: new Map([
      ...commands.map(({ written, name }) => [written, name] as const),
      ...actions.map(({ name }) => [name, name] as const),
    ]),
    organization: undefined,
  };
  return (file) => {
    try {
      return parseDelivery(Buffer.from(project.read(file) ?? ''), {}, defaults).event;
    } catch (cause) {
      if (cause instanceof DeliveryError) return cause;
      throw cause;
    }
  };
}

/** What comes with a delivery of this hook or action. */
export function eventOf({ kind, name }: Named): string {
  return kind === 'hook' ? name : actionPrefix + name;
}

/** What is answered with 200 can be read and is handled: each such payload is told where it is sent, and itself. */
export function unanswered(project: Project, manifest: ManifestFile, steps: readonly SentStep[]): Problem[] {
  const named = namedIn(manifest).map(eventOf);
  // That the manifest does not name what the code handles is told once, where the handler is.
  const handled = new Set([...named, ...eventsHandled(project)]);
  const read = createReader(project, manifest);
  const wrong = steps
    .filter(({ file, http }) => http === 200 && project.files.includes(file))
    // What is no JSON is told by itself.
    .filter(({ file }) => findJsonError(project.read(file) ?? '') === undefined)
    .flatMap((step) => {
      const event = read(step.file);
      if (typeof event !== 'string')
        return [{ ...step, why: `is answered with ${event.httpStatus}: ${event.message}`, meant: undefined }];
      if (handled.has(event) || (step.status === 'ignored' && !event.startsWith(actionPrefix))) return [];
      const why = `brings ${event}, which the manifest does not name, so nothing handles it.`;
      return [{ ...step, why, meant: named.find((name) => isNear(event, name)) }];
    });
  return wrong.flatMap(({ file, place, why, meant }, index) => {
    const mend = 'Mend the payload, or say in the step what comes back: its http, or { status: ignored }.';
    const hint = meant === undefined ? mend : `Did you mean ${meant}?`;
    const sent = error('replay-unanswered', place, { message: `${file} ${why}`, hint });
    if (wrong.findIndex((each) => each.file === file) < index) return [sent];
    return [sent, error('replay-unanswered', placeOfEvent(project, file), { message: `This ${why}`, hint })];
  });
}

/** The events for which the code has a handler, whether the manifest names them or not. */
function eventsHandled(project: Project): string[] {
  const { guards, listeners, actions } = readHandlerTable(project) ?? {};
  return [
    ...(guards === undefined || guards.names.size === 0 ? [] : [guardEvent]),
    ...[...(listeners?.names.keys() ?? [])].map((name) => canonicalEvent(name, new Map())),
    ...[...(actions?.names.keys() ?? [])].map((name) => actionPrefix + name),
  ];
}

/** Where a payload says what it is; its start if it does not. */
function placeOfEvent(project: Project, file: string): Place {
  const json = project.yaml(file);
  const key = ['event', 'action_key', 'type', 'event_type'].find((each) => Object.hasOwn(asMap(json?.value), each));
  return json === undefined || key === undefined ? startOf(file) : json.at([key]);
}
