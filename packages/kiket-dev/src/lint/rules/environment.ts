import { settingPrefix } from '../../../../kiket-express/src/manifest/settings.ts';
import { error, startOf, type Place } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asList, asMap, asText, asTexts } from '../values.ts';
import { toVariable } from './configuration.ts';
import { exampleRules } from './environmentExample.ts';

const example = '.env.example';

/** `.env.example` has every setting and every secret and no other, and the setup wizard asks for every secret. */
export function environmentRules(project: Project): Problem[] {
  const manifest = project.manifest();
  if (manifest === undefined) return [];
  const configuration = Object.entries(asMap(manifest.extension['configuration']));
  // No variable can be called after other keys, which the manifest's shape refuses.
  const named = configuration.filter(([key, field]) => /^\w+$/.test(key) && isJudged(field));
  // Whether it is a setting or a secret is not known where `secret` is neither true nor false.
  const unclear = configuration.filter(([, field]) => !isJudged(field)).map(([key]) => toVariable(key));
  const fields = named.map(([key, field]) => {
    const isSecret = asMap(field)['secret'] === true;
    const name = isSecret ? `KIKET_SECRET_${toVariable(key)}` : settingPrefix + key.toUpperCase();
    return { key, isSecret, name, place: manifest.keyAt([...manifest.prefix, 'configuration', key]) };
  });
  const asked = new Set(collectedSecrets(manifest));
  const unasked = fields
    .filter(({ key, isSecret }) => isSecret && !asked.has(key))
    .map(({ key, place }) =>
      error('secret-not-collected', place, {
        message: `No step of the setup wizard asks for the secret ${key}.`,
        hint: `Add ${key} to \`collect\` of a \`secrets\` step in setup.`,
      }),
    );
  return [...unasked, ...compare(project, fields, unclear), ...exampleRules(project)];
}

function isJudged(field: unknown): boolean {
  return ['boolean', 'undefined'].includes(typeof asMap(field)['secret']);
}

function compare(
  project: Project,
  fields: readonly { key: string; name: string; place: Place }[],
  unclear: readonly string[],
): Problem[] {
  const text = project.read(example);
  if (text === undefined) {
    if (fields.length === 0) return [];
    const hint = `Write one with ${fields.map(({ name }) => `${name}=`).join(', ')}.`;
    return [error('env-example-missing', startOf(example), { message: 'There is no .env.example.', hint })];
  }
  const lines = text.split('\n');
  const names = new Set(lines.flatMap((line) => /^#? *(?:export +)?([A-Z]\w*)=/.exec(line)?.[1] ?? []));
  const missing = fields
    .filter(({ name }) => !names.has(name))
    .map(({ key, name, place }) =>
      error('env-example-lacks', place, { message: `${example} does not have ${key}.`, hint: `Add ${name}= to it.` }),
    );
  const known = new Set(fields.map(({ name }) => name));
  const unknown = lines.flatMap((line, index) => {
    const name = /^(?:export +)?(KIKET_(?:SETTING|SECRET)_\w+)=/.exec(line)?.[1];
    if (name === undefined || known.has(name) || unclear.some((key) => name.endsWith(`_${key}`))) return [];
    const message = `${name} is no setting and no secret of the manifest. The server does not start with a setting that it does not know.`;
    const hint = 'Remove it, or add the field to configuration.';
    return [error('env-example-unknown', { file: example, line: index + 1, column: 1 }, { message, hint })];
  });
  return [...missing, ...unknown];
}

function collectedSecrets({ extension }: ManifestFile): string[] {
  return asList(extension['setup'])
    .map((step) => asMap(asMap(step)['secrets']))
    .flatMap(({ collect, fields }) => [
      ...asTexts(collect),
      ...asList(fields).flatMap((field) => asText(asMap(field)['key']) ?? []),
    ]);
}
