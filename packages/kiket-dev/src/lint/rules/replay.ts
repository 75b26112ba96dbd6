import { scenarioSchema } from '../../replay/scenario.ts';
import { error, startOf, warning } from '../found.ts';
import { namedIn } from '../named.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asList, asMap, asText } from '../values.ts';
import type { YamlFile } from '../yamlFile.ts';
import { jsonProblems } from './json.ts';
import { createReader, eventOf, unanswered, type SentStep } from './replayDeliveries.ts';
import { checkShape } from './shapes.ts';

const scenario = 'replay/scenario.yaml';

/** What an answer may say. */
const statuses: readonly string[] = ['allow', 'pending', 'deny', 'success', 'error', 'ignored'];

/** Recorded payloads can be sent, the scenario sends each of them, and every hook and action has one. */
export function replayRules(project: Project): Problem[] {
  const payloads = project.files.filter((file) => /^replay\/[^/]+\.json$/.test(file));
  const broken = payloads.flatMap((file) => jsonProblems(project, file));
  const isRead = broken.every(({ rule }) => rule !== 'json-syntax');
  const manifest = project.manifest();
  const unrecorded = manifest === undefined || !isRead ? [] : coverage(project, manifest, payloads);
  return [...broken, ...unrecorded, ...checkScenario(project, payloads)];
}

/** Every hook and every action has a payload. */
function coverage(project: Project, manifest: ManifestFile, payloads: readonly string[]): Problem[] {
  // A payload may be there to be rejected: it is of none.
  const recorded = new Set<unknown>(payloads.map(createReader(project, manifest)));
  return (
    namedIn(manifest)
      .map((each) => ({ ...each, event: eventOf(each) }))
      // An action, its command and the test of it are one.
      .filter(({ event }, index, all) => all.findIndex((each) => each.event === event) === index)
      .filter(({ event }) => !recorded.has(event))
      .map(({ kind, written, name, place }) => {
        const start = kind === 'hook' ? `"event": "${written}"` : `"action_key": "${name}"`;
        const message = `No payload in replay/ is of the ${kind} ${written}.`;
        return error('replay-missing', place, {
          message,
          hint: `Record one that begins with { ${start}, and add it to ${scenario}.`,
        });
      })
  );
}

/** The steps of the scenario that send something. */
function sentSteps(yaml: YamlFile): SentStep[] {
  return asList(yaml.value).flatMap((part, index) =>
    asList(asMap(part)['steps']).flatMap((step, position) => {
      const { send, http, answer } = asMap(step);
      const name = asText(send);
      if (name === undefined) return [];
      const at = (...path: string[]) => yaml.at([index, 'steps', position, ...path]);
      const [place, statusPlace] = [at('send'), at('answer', 'status')];
      return [{ file: `replay/${name}`, http, status: asMap(answer)['status'], place, statusPlace }];
    }),
  );
}

function checkScenario(project: Project, payloads: readonly string[]): Problem[] {
  const yaml = project.yaml(scenario);
  if (yaml === undefined) {
    if (payloads.length === 0) return [];
    const message = 'There is no scenario, so npm run replay does not know what to send.';
    return [
      error('scenario-missing', startOf(scenario), { message, hint: 'Write what is sent and what should come back.' }),
    ];
  }
  if (yaml.value === undefined) return [];
  const sent = sentSteps(yaml);
  const missing = sent
    .filter(({ file }) => !project.files.includes(file))
    .map(({ file, place }) => {
      const message = `There is no ${file} to send.`;
      return error('scenario-payload', place, { message, hint: 'Add the file, or mend the name.' });
    });
  const names = new Set(sent.map(({ file }) => file));
  const unsent = payloads
    .filter((file) => !names.has(file))
    .map((file) => {
      const message = 'No step of the scenario sends this payload.';
      return warning('replay-unsent', startOf(file), {
        message,
        hint: `Add a step to ${scenario}, or remove the file.`,
      });
    });
  const manifest = project.manifest();
  const wrong = manifest === undefined ? [] : unanswered(project, manifest, sent);
  return [...checkShape('scenario-shape', yaml, scenarioSchema), ...missing, ...unsent, ...wrong, ...odd(sent)];
}

/** What the guardian never answers. */
function odd(sent: readonly SentStep[]): Problem[] {
  return sent
    .filter(({ status }) => typeof status === 'string' && status !== '<any>' && !statuses.includes(status))
    .map(({ status, statusPlace }) => {
      const message = `No answer has the status ${String(status)}.`;
      return error('scenario-status', statusPlace, { message, hint: `There are: ${statuses.join(', ')}.` });
    });
}
