import { parseDelivery, actionPrefix, type Manifest } from 'kiket-express/manifest';
import { DeliveryError } from 'kiket-express';
import { scenarioSchema } from '../../replay/scenario.ts';
import { error, startOf, warning, type Place } from '../found.ts';
import { findJsonError } from '../jsonError.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asList, asMap, asText } from '../values.ts';
import type { YamlFile } from '../yamlFile.ts';
import { checkShape } from './shapes.ts';

const scenario = 'replay/scenario.yaml';

/** Recorded payloads can be sent, the scenario sends each of them, and every hook and action has one. */
export function* replayRules(project: Project): Iterable<Problem> {
  const payloads = project.files.filter((file) => /^replay\/[^/]+\.json$/.test(file));
  const manifest = project.manifest()?.parsed;
  const isJson = (file: string) => findJsonError(project.read(file) ?? '') === undefined;
  // The syntax rules report what isn't JSON.
  if (manifest !== undefined && payloads.every(isJson)) yield* coverage(project, manifest, payloads);
  const yaml = project.yaml(scenario);
  if (yaml?.value !== undefined) {
    yield* checkShape('scenario-shape', yaml, scenarioSchema);
    const steps = sentSteps(yaml);
    yield* checkSteps(project, payloads, steps);
    if (manifest !== undefined)
      yield* unread(
        project,
        manifest,
        steps.filter(({ file }) => isJson(file)),
      );
  }
  if (yaml !== undefined || payloads.length === 0) return;
  const message = "The scenario is missing, so npm run replay doesn't know what to send.";
  const hint = 'Write what is sent and what should come back.';
  yield error('scenario-missing', startOf(scenario), { message, hint });
}

/** Reads payloads as the receiver would; the error if it would reject one. */
function createReader(project: Project, { apiVersion, commandEvents }: Manifest) {
  return (file: string): string | DeliveryError => {
    try {
      const body = Buffer.from(project.read(file) ?? '');
      return parseDelivery(body, {}, { apiVersion, commandEvents, organization: undefined }).event;
    } catch (cause) {
      if (cause instanceof DeliveryError) return cause;
      throw cause;
    }
  };
}

/** Every hook and every action has a payload. One that is there to be rejected is of none. */
function* coverage(project: Project, manifest: Manifest, payloads: readonly string[]): Iterable<Problem> {
  const recorded = new Set<unknown>(payloads.map(createReader(project, manifest)));
  const named = [
    ...manifest.hooks.map(({ name, at }) => ({ event: name, start: `"event": "${name}"`, at })),
    ...manifest.actions.map(({ name, at }) => ({ event: actionPrefix + name, start: `"action_key": "${name}"`, at })),
  ];
  for (const [index, { event, start, at }] of named.entries()) {
    // An action, its command and the test of it are one.
    if (recorded.has(event) || named.findIndex((each) => each.event === event) < index) continue;
    const [, file = '', line, column] = /^(.+):(\d+):(\d+)$/.exec(at) ?? [];
    const message = `No payload in replay/ brings ${event}.`;
    const hint = `Record one with { ${start}, … }, and add it to ${scenario}.`;
    yield error('replay-missing', { file, line: Number(line), column: Number(column) }, { message, hint });
  }
}

/** A step of the scenario: which payload it sends and what should come back. */
interface SentStep {
  file: string;
  http: unknown;
  place: Place;
}

function sentSteps(yaml: YamlFile): SentStep[] {
  return asList(yaml.value).flatMap((part, index) =>
    asList(asMap(part)['steps']).flatMap((step, position) => {
      const { send, http } = asMap(step);
      const name = asText(send);
      if (name === undefined) return [];
      const place = yaml.at([index, 'steps', position, 'send']);
      return [{ file: `replay/${name}`, http, place }];
    }),
  );
}

function* checkSteps(project: Project, payloads: readonly string[], steps: readonly SentStep[]): Iterable<Problem> {
  for (const { file, place } of steps) {
    if (project.files.includes(file)) continue;
    const hint = 'Add the file, or correct the name.';
    yield error('scenario-payload', place, { message: `${file} is missing.`, hint });
  }
  for (const file of payloads.filter((each) => !steps.some((step) => step.file === each))) {
    const message = 'No step of the scenario sends this payload.';
    const hint = `Add a step to ${scenario}, or remove the file.`;
    yield warning('replay-unsent', startOf(file), { message, hint });
  }
}

/** What is to be answered with 200 can be read by the receiver. */
function* unread(project: Project, manifest: Manifest, steps: readonly SentStep[]): Iterable<Problem> {
  const read = createReader(project, manifest);
  for (const { file, http, place } of steps) {
    const event = http === 200 ? read(file) : '';
    if (typeof event === 'string') continue;
    const message = `The receiver answers ${file} with ${event.httpStatus}: ${event.message}`;
    yield error('replay-unread', place, { message, hint: 'Correct the payload, or the http of the step.' });
  }
}
