import { error } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asMap, asText } from '../values.ts';
import type { YamlFile } from '../yamlFile.ts';
import type { Dbt } from './dbtFiles.ts';

/** The profile is one of those that are there. The host brings its own, so there need not be any. */
export function knownProfile(project: Project, settings: YamlFile, { folder }: Dbt): Problem[] {
  const profiles = project.yaml(`${folder}profiles.yml`);
  const { profile } = asMap(settings.value);
  const named = asMap(profiles?.value);
  const names = Object.keys(named).filter((name) => name !== 'config');
  if (profiles === undefined || typeof profile !== 'string' || names.length === 0) return [];
  if (names.includes(profile)) return knownTarget(profiles, profile, asMap(named[profile]));
  const message = `profiles.yml has no profile ${profile}.`;
  return [error('dbt-profile', settings.at(['profile']), { message, hint: `It has: ${names.join(', ')}.` })];
}

/** Without a target dbt takes the output `default`. What Jinja says is not known here. */
function knownTarget(profiles: YamlFile, name: string, profile: Readonly<Record<string, unknown>>): Problem[] {
  const target = asText(profile['target']) ?? 'default';
  const outputs = Object.keys(asMap(profile['outputs']));
  if (outputs.includes(target) || target.includes('{{')) return [];
  const message = `The profile ${name} has no output ${target}.`;
  const hint = outputs.length === 0 ? 'Add it to outputs.' : `There are: ${outputs.join(', ')}. Write one as target.`;
  return [error('dbt-profile', profiles.at([name, 'target']), { message, hint })];
}

/** Settings that are maps and yet no names: https://docs.getdbt.com/reference/model-configs */
const maps = /^(?:\+.*|persist_docs|meta|grants|contract|column_types|hooks?|(?:pre|post)[-_]hook|config|docs)$/;

/** What is set for models, seeds and snapshots is set under the project's name, and for one that there is. */
export function namedSettings(settings: YamlFile, dbt: Dbt): Problem[] {
  const { name, nodes, models, seeds, usesPackages } = dbt;
  const whole = asMap(settings.value);
  // A name that is missing has been told of.
  if (usesPackages || !Object.hasOwn(whole, 'name')) return [];
  const isThere = (key: string) => nodes.has(key) || [...models, ...seeds].some((file) => file.includes(`/${key}/`));
  return ['models', 'seeds', 'snapshots'].flatMap((kind) => {
    const ofAll = asMap(whole[kind]);
    const elsewhere = namesIn(ofAll)
      .filter((key) => key !== name)
      .map((key) => {
        const message = `The project is called ${name}, so dbt passes over what stands under ${key}.`;
        return error('dbt-settings', settings.keyAt([kind, key]), { message, hint: `Write ${name} here as well.` });
      });
    const unknown = namesIn(asMap(ofAll[name]))
      .filter((key) => !isThere(key))
      .map((key) => {
        const message = `There is no ${kind.slice(0, -1)} and no folder ${key}, so dbt passes over what stands here.`;
        return error('dbt-settings', settings.keyAt([kind, name, key]), { message, hint: 'Mend the name.' });
      });
    return [...elsewhere, ...unknown];
  });
}

function namesIn(settings: Readonly<Record<string, unknown>>): string[] {
  const named = Object.entries(settings).filter(
    ([key, value]) => !maps.test(key) && Object.keys(asMap(value)).length > 0,
  );
  return named.map(([key]) => key);
}
