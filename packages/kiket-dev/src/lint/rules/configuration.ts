import * as z from 'zod';
import { SetupError } from 'kiket-express';
import { loadSettings } from 'kiket-express/manifest';
import { error, warning, type Place } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { dynamicTypes } from '../shapes/setup.ts';
import { asList, asMap, asText, asTexts } from '../values.ts';

const dynamic: ReadonlySet<unknown> = new Set(dynamicTypes);
const anything = z.record(z.string(), z.unknown());

/** Settings have defaults that the extension takes, secrets say what they are for, and the wizard asks for what there is. */
export async function* configurationRules(project: Project): AsyncIterable<Problem> {
  const manifest = project.manifest();
  if (manifest === undefined) return;
  const { extension, placeOf, keyPlaceOf } = manifest;
  const fields = Object.entries(asMap(extension['configuration'])).map(([key, field]) => [key, asMap(field)] as const);
  for (const [key, field] of fields) {
    if (field['secret'] === true) yield* secret(manifest, key, field);
    if (dynamic.has(field['type']) && Object.hasOwn(field, 'options'))
      yield unusedOptions(keyPlaceOf('configuration', key, 'options'), field['type']);
  }
  for (const [index, entry] of asList(extension['secrets']).entries())
    yield* undescribed(entry, placeOf('secrets', index));
  for (const [index, step] of asList(extension['setup']).entries()) {
    for (const [kind, value] of Object.entries(asMap(step)))
      yield* checkStep(manifest, ['setup', index, kind], asMap(value));
  }
  for (const [key, field] of Object.entries(asMap(extension['output_fields']))) {
    if (asText(asMap(field)['label']) !== undefined) continue;
    const message = `The output field ${key} has no label.`;
    const hint = 'Write what people see beside the value.';
    yield warning('output-field-label', keyPlaceOf('output_fields', key), { message, hint });
  }
  yield* defaults(manifest, (await project.table())?.settingsSchema ?? anything);
}

function* secret({ placeOf, keyPlaceOf }: ManifestFile, key: string, field: Field): Iterable<Problem> {
  yield* undescribed({ key, ...field }, keyPlaceOf('configuration', key));
  if (!/^[A-Z][A-Z0-9_]*$/.test(key)) {
    const message = `The secret ${key} is not in capitals, so Kiket's SDKs don't agree on its variable.`;
    const hint = `Call it ${toVariable(key)}.`;
    yield warning('secret-name', keyPlaceOf('configuration', key), { message, hint });
  }
  if (asText(field['default']) === undefined && !Array.isArray(field['default'])) return;
  const message = `The secret ${key} has a default, which everybody can read.`;
  const hint = 'Remove the default, and change that secret.';
  yield error('secret-default', placeOf('configuration', key, 'default'), { message, hint });
}

type Field = Readonly<Record<string, unknown>>;

function* undescribed(entry: unknown, place: Place): Iterable<Problem> {
  const { key, description } = asMap(entry);
  if (asText(description) !== undefined) return;
  const message = `The secret ${String(key)} has no description.`;
  yield warning('secret-description', place, { message, hint: 'Say what it is for and where people get it.' });
}

function unusedOptions(place: Place, type: unknown): Problem {
  const message = `These options are never shown: the type is ${String(type)}, which Kiket fills itself.`;
  return warning('options-unused', place, { message, hint: 'Remove the options, or choose another type.' });
}

/** Reads the defaults as the server does when it starts. */
function* defaults({ parsed, placeOf }: ManifestFile, schema: z.ZodType<Field>): Iterable<Problem> {
  if (parsed === undefined) return;
  try {
    loadSettings(parsed.configuration, {}, schema);
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause;
    for (const said of cause.problems) {
      const [, variable = '', text = said] = /^KIKET_SETTING_(\w+?)(?:=.*?)?:? (.*)$/.exec(said) ?? [];
      const key = Object.keys(parsed.configuration).find((each) => each.toUpperCase() === variable) ?? variable;
      const message = `The server doesn't start with the default of ${key}: ${text}`;
      const hint = 'Change the default, or what the field allows.';
      yield error('setting-default', placeOf('configuration', key, 'default'), { message, hint });
    }
  }
}

/** The wizard's steps ask for what there is, and say what they are. Their shape is checked with the manifest's. */
function* checkStep({ extension, placeOf }: ManifestFile, path: readonly [string, number, string], step: Field) {
  const [, , kind] = path;
  const isEmpty = (...keys: string[]) => keys.every((key) => asText(step[key]) === undefined);
  const keys = Object.keys(asMap(extension['configuration']));
  for (const [index, key] of asTexts(step['collect']).entries()) {
    if (keys.includes(key)) continue;
    const message = `This step asks for ${key}, which is not in configuration.`;
    const hint = keys.length === 0 ? 'Add it to configuration.' : `Available: ${keys.join(', ')}.`;
    yield warning('setup-collect', placeOf(...path, 'collect', index), { message, hint });
  }
  if (kind === 'test' && isEmpty('action', 'check_endpoint')) {
    const message = 'This step tries nothing: it has no action.';
    yield warning('setup-step', placeOf(...path, 'action'), { message, hint: 'Name the event of a command.' });
  }
  if (kind === 'info' && isEmpty('title'))
    yield warning('setup-step', placeOf(...path, 'title'), { message: 'This step has no title.', hint: 'Add one.' });
  if (kind === 'info' && isEmpty('content', 'markdown')) {
    const message = 'This step says nothing: it has no content.';
    yield warning('setup-step', placeOf(...path, 'content'), { message, hint: 'Write content: with the text.' });
  }
  const fields = asList(step['fields']).map(asMap);
  const names = new Set([...fields.map(({ key }) => key), ...asTexts(step['collect'])]);
  for (const [index, { type, options, showWhen }] of fields.entries()) {
    const at = [...path, 'fields', index];
    if (dynamic.has(type) && options !== undefined) yield unusedOptions(placeOf(...at, 'options'), type);
    const other = asText(asMap(showWhen)['field']);
    if (other === undefined || names.has(other)) continue;
    const message = `This field shows depending on ${other}, which the step does not ask for.`;
    const hint = 'Name another field of the same step.';
    yield warning('setup-show-when', placeOf(...at, 'showWhen', 'field'), { message, hint });
  }
}

/** A key as environment variables have it: capitals, and one underscore for everything else. */
export function toVariable(key: string): string {
  return key
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
}
