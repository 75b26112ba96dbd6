import { parseDelivery } from '../../../src/kiket/delivery.ts';
import { DeliveryError } from '../../../src/kiket/errors.ts';
import { actionPrefix } from '../../../src/kiket/events.ts';
import { error, startOf, type Place } from '../found.ts';
import { findJsonError } from '../jsonError.ts';
import { namedIn, type Named } from '../named.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asText } from '../values.ts';

/** A step of the scenario: which payload it sends and what should come back. */
export interface SentStep {
  /** The payload's path. */
  file: string;
  http: unknown;
  /** `status` of the answer. */
  status: unknown;
  /** Where its name stands. */
  place: Place;
}

/** Reads a payload as the server would; the error if the server would reject it. */
export function createReader(project: Project, manifest: ManifestFile): (file: string) => string | DeliveryError {
  const named = namedIn(manifest);
  const commands = named.filter(({ kind }) => kind === 'command' || kind === 'test action');
  const actions = named.filter(({ kind }) => kind === 'action');
  const defaults = {
    apiVersion: asText(manifest.extension['api_version']) ?? 'v1',
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
  const handled = new Set(namedIn(manifest).map(eventOf));
  const read = createReader(project, manifest);
  const wrong = steps
    .filter(({ file, http }) => http === 200 && project.files.includes(file))
    // What is no JSON is told by itself.
    .filter(({ file }) => findJsonError(project.read(file) ?? '') === undefined)
    .flatMap((step) => {
      const event = read(step.file);
      if (typeof event !== 'string')
        return [{ ...step, why: `is answered with ${event.httpStatus}: ${event.message}` }];
      if (handled.has(event) || (step.status === 'ignored' && !event.startsWith(actionPrefix))) return [];
      return [{ ...step, why: `brings ${event}, which the manifest does not name, so nothing handles it.` }];
    });
  return wrong.flatMap(({ file, place, why }, index) => {
    const hint = 'Mend the payload, or say in the step what comes back: its http, or { status: ignored }.';
    const sent = error('replay-unanswered', place, { message: `${file} ${why}`, hint });
    if (wrong.findIndex((each) => each.file === file) < index) return [sent];
    return [sent, error('replay-unanswered', startOf(file), { message: `This ${why}`, hint })];
  });
}
