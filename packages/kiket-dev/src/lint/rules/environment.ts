import { secretName, settingPrefix } from 'kiket-express/manifest';
import { error, startOf, type Place, type Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asMap } from '../values.ts';

/** The file that shows every variable. */
export const envExample = '.env.example';

/** Variables that hold a secret, by name. */
const secretLike = /(?:SECRET|TOKEN|(?<!PUBLIC_)KEY|PASSWORD)(?:_PREVIOUS)?$|^KIKET_SECRET_/;

/** A URL with a password in it. */
const secretUrl = /^\w[\w+.-]*:\/\/[^/?#]*:[^/?#]*@/;

/** A variable in a line of `.env.example`, which may be a comment. */
interface Variable {
  name: string;
  value: string;
  isComment: boolean;
  place: Place;
}

/** `.env.example` has every setting and every secret, and no secret's value. */
export function* environmentRules(project: Project): Iterable<Problem> {
  const manifest = project.manifest();
  if (manifest === undefined) return;
  const fields = settingsOf(manifest);
  const text = project.read(envExample);
  if (text === undefined) {
    const hint = `Write one with ${fields.map(({ name }) => `${name}=`).join(', ')}.`;
    if (fields.length > 0) yield error('env-example', startOf(envExample), '.env.example is missing.', hint);
    return;
  }
  const variables = variablesIn(text);
  for (const { key, name } of fields) {
    if (variables.some((each) => each.name === name)) continue;
    const place = manifest.keyPlaceOf('configuration', key);
    yield error(
      'env-example',
      place,
      `${envExample} doesn't have ${key}.`,
      `Run npx kiket-dev lint --fix, or add ${name}= to it.`,
    );
  }
  for (const { name, value, isComment, place } of variables) {
    const isKnown = !/^KIKET_(?:SETTING|SECRET)_/.test(name) || fields.some((each) => each.name === name);
    if (!isComment && !isKnown) {
      const message = `${name} is neither a setting nor a secret in the manifest, and the server doesn't start with an unknown setting.`;
      yield error('env-example', place, message, 'Remove it, or add the field to configuration.');
    }
    if (value === '' || !(secretLike.test(name) || secretUrl.test(value))) continue;
    // Never the value: what CI prints is as public as the file.
    const message = `${name} has a secret as its value, and anyone can read this file.`;
    const hint = 'Remove the value, put it into .env, and change the secret if it is real.';
    yield error('env-example-secret', place, message, hint);
  }
}

/** A setting or a secret of the manifest. */
export interface Setting {
  key: string;
  /** Its variable. */
  name: string;
  /** Its label in Kiket. */
  label: string;
  /** What it's for, as part of a sentence. */
  purpose: string;
  /** The default; empty if there is none. */
  value: string;
}

/** The settings and secrets whose variable has one name. */
export function settingsOf({ extension }: ManifestFile): Setting[] {
  return Object.entries(asMap(extension['configuration'])).flatMap(([key, field]) => {
    const { secret = false, label = key, description = label, default: value = '' } = asMap(field);
    if (typeof secret !== 'boolean' || !/^\w+$/.test(key)) return [];
    const name = secret ? `KIKET_SECRET_${secretName(key)}` : settingPrefix + key.toUpperCase();
    const purpose = String(description)
      .trim()
      .replace(/\.$/, '')
      .replaceAll('. ', '; ')
      .replaceAll(/(?<=^|; )[A-Z](?![A-Z])/g, (first) => first.toLowerCase());
    return [{ key, name, label: String(label), purpose, value: secret ? '' : String(value) }];
  });
}

/** The variables of a `.env` file, including commented ones. */
export function variablesIn(text: string): Variable[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const [, sign = '', name, value = ''] = /^\s*(#? *)(?:export +)?([A-Z]\w*) *=(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const place = { file: envExample, line: index + 1, column: 1 };
    return [{ name, value: value.trim().replace(/^(["'])(.*)\1$/, '$2'), isComment: sign !== '', place }];
  });
}
