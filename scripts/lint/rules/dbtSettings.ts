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

/** What is set for models, seeds and snapshots is set under the project's name, or else it is for nothing. */
export function namedSettings(settings: YamlFile, { name, usesPackages }: Dbt): Problem[] {
  if (usesPackages) return [];
  const whole = asMap(settings.value);
  return ['models', 'seeds', 'snapshots'].flatMap((kind) =>
    Object.entries(asMap(whole[kind]))
      .filter(([key, value]) => key !== name && !maps.test(key) && Object.keys(asMap(value)).length > 0)
      .map(([key]) => {
        const message = `The project is called ${name}, so dbt passes over what stands under ${key}.`;
        return error('dbt-settings', settings.keyAt([kind, key]), { message, hint: `Write ${name} here as well.` });
      }),
  );
}
