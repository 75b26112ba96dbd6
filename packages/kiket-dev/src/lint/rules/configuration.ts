import * as z from 'zod';
import { SetupError } from 'kiket-express';
import { loadSettings } from 'kiket-express/manifest';
import { error, type Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asList, asMap, asTexts } from '../values.ts';

type Field = Readonly<Record<string, unknown>>;

const anything = z.record(z.string(), z.unknown());

/** Settings have defaults that the extension accepts. Secrets have none, and the setup wizard asks for each. */
export async function* configurationRules(project: Project): AsyncIterable<Problem> {
  const manifest = project.manifest();
  if (manifest === undefined) return;
  const { extension, placeOf, keyPlaceOf } = manifest;
  const asked = asList(extension['setup']).flatMap((step) => {
    const { collect, fields } = asMap(asMap(step)['secrets']);
    return [...asTexts(collect), ...asList(fields).map((field) => asMap(field)['key'])];
  });
  for (const [key, field] of Object.entries(asMap(extension['configuration']))) {
    const { secret, default: value = '' } = asMap(field);
    if (secret !== true) continue;
    if (value !== '') {
      const message = `The secret ${key} has a default, which anyone can read.`;
      const hint = 'Remove the default, and change that secret.';
      yield error('secret-default', placeOf('configuration', key, 'default'), message, hint);
    }
    if (asked.includes(key)) continue;
    const message = `No step of the setup wizard asks for the secret ${key}.`;
    const hint = `Add ${key} to \`collect\` of a \`secrets\` step in setup.`;
    yield error('secret-not-collected', keyPlaceOf('configuration', key), message, hint);
  }
  yield* defaults(manifest, (await project.table())?.settingsSchema ?? anything);
}

/** Reads the defaults like the server at startup. */
function* defaults({ parsed, placeOf, keyPlaceOf }: ManifestFile, schema: z.ZodType<Field>): Iterable<Problem> {
  if (parsed === undefined) return;
  try {
    loadSettings(parsed.configuration, {}, schema);
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause;
    for (const problem of cause.problems) {
      const [, variable, text = ''] = /^KIKET_SETTING_(\w+)(.*)$/s.exec(problem) ?? [];
      if (variable === undefined) {
        yield error('setting-default', keyPlaceOf('configuration'), problem, "The server won't start.");
        continue;
      }
      const key = Object.keys(parsed.configuration).find((each) => each.toUpperCase() === variable);
      if (key === undefined) {
        const message = `The extension reads the setting ${variable.toLowerCase()}, but configuration lacks it.`;
        const hint = 'Add it with a type, a label and a default.';
        yield error('setting-missing', keyPlaceOf('configuration'), message, hint);
        continue;
      }
      const message = `${key}${text.replace(/^(?: is |=)/, ' has the default ').replace(/\.?$/, '.')}`;
      yield error('setting-default', placeOf('configuration', key, 'default'), message, "The server won't start.");
    }
  }
}
