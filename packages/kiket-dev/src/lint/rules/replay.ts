import { DeliveryError } from 'kiket-express';
import { actionPrefix, parseDelivery, type Manifest } from 'kiket-express/manifest';
import * as z from 'zod';
import { scenarioSchema } from '../../replay/scenario.ts';
import { error, startOf, warning, type Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { checkShape } from '../shape.ts';
import { asList, asMap, asText } from '../values.ts';
import { splitPlace } from './handlers.ts';

const scenario = 'replay/scenario.yaml';
const schema = z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-7' });

/** Recorded payloads are valid, the scenario sends each of them, and every hook and action has one. */
export function* replayRules(project: Project): Iterable<Problem> {
  const payloads = project.files.filter((file) => /^replay\/[^/]+\.json$/.test(file));
  const manifest = project.manifest()?.parsed;
  const yaml = project.yaml(scenario);
  if (yaml === undefined && payloads.length > 0) {
    const message = "The scenario is missing, so npm run replay doesn't know what to send.";
    yield error('scenario-missing', startOf(scenario), message, 'List what to send and the answers to expect.');
  }
  // The syntax rules report a file that can't be read.
  const isRead = payloads.every((file) => project.yaml(file)?.value !== undefined);
  if (manifest !== undefined && isRead) yield* coverage(project, manifest, payloads);
  if (yaml?.value === undefined) return;
  yield* checkShape('scenario-shape', yaml, schema);
  const steps = asList(yaml.value).flatMap((part, index) =>
    asList(asMap(part)['steps']).map((step, position) => {
      const { send, http } = asMap(step);
      return { file: `replay/${asText(send) ?? ''}`, http, place: yaml.at([index, 'steps', position, 'send']) };
    }),
  );
  for (const { file, http, place } of steps) {
    const read = manifest === undefined || !isRead || http !== 200 ? '' : readPayload(project, manifest, file);
    if (!payloads.includes(file))
      yield error('scenario-payload', place, `${file} is missing.`, 'Copy another payload to it, or correct the name.');
    if (typeof read === 'string' || !payloads.includes(file)) continue;
    const message = `The receiver answers ${file} with ${read.httpStatus}: ${read.message}`;
    yield error('replay-unread', place, message, 'Correct the payload, or the http of the step.');
  }
  for (const file of payloads.filter((each) => !steps.some((step) => step.file === each))) {
    const hint = `Add a step to ${scenario}, or remove the file.`;
    yield warning('replay-unsent', startOf(file), 'No step of the scenario sends this payload.', hint);
  }
}

/** The event of a payload as the receiver reads it, or why it would reject it. */
function readPayload(project: Project, { apiVersion, commandEvents }: Manifest, file: string): string | DeliveryError {
  try {
    const body = Buffer.from(project.read(file) ?? '');
    return parseDelivery(body, {}, { apiVersion, commandEvents, organization: undefined }).event;
  } catch (cause) {
    if (cause instanceof DeliveryError) return cause;
    throw cause;
  }
}

/** Every hook and every action has a payload. */
function* coverage(project: Project, manifest: Manifest, payloads: readonly string[]): Iterable<Problem> {
  const recorded = new Set<unknown>(payloads.map((file) => readPayload(project, manifest, file)));
  const named = [
    ...manifest.hooks.map(({ name, at }) => ({ event: name, start: `"event": "${name}"`, at })),
    ...manifest.actions.map(({ name, at }) => ({ event: actionPrefix + name, start: `"action_key": "${name}"`, at })),
  ];
  for (const [index, { event, start, at }] of named.entries()) {
    // An action, its command and its test are the same.
    if (recorded.has(event) || named.findIndex((each) => each.event === event) < index) continue;
    const hint = `Record one with { ${start}, … }, and add it to ${scenario}.`;
    yield error('replay-missing', splitPlace(at).place, `No payload in replay/ has the event ${event}.`, hint);
  }
}
