import { settingPrefix } from 'kiket-express/manifest';
import { error, startOf, type Place } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asList, asMap, asText, asTexts } from '../values.ts';
import { toVariable } from './configuration.ts';

const example = '.env.example';

/** What holds a secret by its name. */
const secretName = /(?:SECRET|TOKEN|(?<!PUBLIC_)KEY|PASSWORD)(?:_PREVIOUS)?$|^KIKET_SECRET_/;

/** A variable in a line of `.env.example`, which may be a comment. */
interface Variable {
  name: string;
  value: string;
  isComment: boolean;
  place: Place;
}

/** `.env.example` has every setting and every secret, and no secret's value; the wizard asks for every secret. */
export function* environmentRules(project: Project): Iterable<Problem> {
  const manifest = project.manifest();
  if (manifest === undefined) return;
  const asked = new Set(collectedSecrets(manifest));
  // Where `secret` is neither true nor false, nobody knows what the variable is called.
  const fields = Object.entries(asMap(manifest.extension['configuration'])).map(([key, field]) => {
    const isSecret = asMap(field)['secret'] === true;
    const name = isSecret ? `KIKET_SECRET_${toVariable(key)}` : settingPrefix + key.toUpperCase();
    const isClear = ['boolean', 'undefined'].includes(typeof asMap(field)['secret']) && /^\w+$/.test(key);
    return { key, name, isSecret, isClear, place: manifest.keyPlaceOf('configuration', key) };
  });
  for (const { key, place } of fields.filter(({ key: each, isSecret }) => isSecret && !asked.has(each))) {
    const message = `No step of the setup wizard asks for the secret ${key}.`;
    const hint = `Add ${key} to \`collect\` of a \`secrets\` step in setup.`;
    yield error('secret-not-collected', place, { message, hint });
  }
  const text = project.read(example);
  if (text === undefined) {
    const hint = `Write one with ${fields.map(({ name }) => `${name}=`).join(', ')}.`;
    if (fields.length > 0) yield error('env-example', startOf(example), { message: '.env.example is missing.', hint });
    return;
  }
  const variables = variablesIn(text);
  const names = new Set(variables.map(({ name }) => name));
  for (const { key, name, place } of fields.filter((each) => each.isClear && !names.has(each.name))) {
    const message = `${example} does not have ${key}.`;
    yield error('env-example', place, { message, hint: `Add ${name}= to it.` });
  }
  const known = new Set(fields.flatMap(({ name, key }) => [name, `KIKET_SECRET_${toVariable(key)}`]));
  for (const { name, place } of variables.filter(({ isComment }) => !isComment)) {
    if (!/^KIKET_(?:SETTING|SECRET)_/.test(name) || known.has(name)) continue;
    const message = `${name} is neither a setting nor a secret in the manifest, and the server doesn't start with an unknown setting.`;
    yield error('env-example', place, { message, hint: 'Remove it, or add the field to configuration.' });
  }
  for (const { name, value, place } of variables) {
    if (value === '' || !(secretName.test(name) || /^\w[\w+.-]*:\/\/[^/?#]*:[^/?#]*@/.test(value))) continue;
    // Never the value: what CI prints is as public as the file.
    const message = `${name} has a secret as its value, and everybody can read this file.`;
    const hint = 'Remove the value, put it into .env, and change the secret if it is real.';
    yield error('env-example-secret', place, { message, hint });
  }
}

/** The variables of a `.env` file, with those that are commented out. */
export function variablesIn(text: string): Variable[] {
  return text.split('\n').flatMap((line, index) => {
    const [, sign = '', name, value = ''] = /^\s*(#? *)(?:export +)?([A-Z]\w*) *=(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const place = { file: example, line: index + 1, column: 1 };
    return [{ name, value: value.trim().replace(/^(["'])(.*)\1$/, '$2'), isComment: sign !== '', place }];
  });
}

function collectedSecrets({ extension }: ManifestFile): string[] {
  return asList(extension['setup'])
    .map((step) => asMap(asMap(step)['secrets']))
    .flatMap(({ collect, fields }) => [
      ...asTexts(collect),
      ...asList(fields).flatMap((field) => asText(asMap(field)['key']) ?? []),
    ]);
}
