import { leftoverNames } from './leftoverNames.ts';
import type { Problem } from './problem.ts';
import type { Project } from './project.ts';
import { configurationRules } from './rules/configuration.ts';
import { dbtRules } from './rules/dbt.ts';
import { deliveryRules } from './rules/delivery.ts';
import { duplicateRules } from './rules/duplicates.ts';
import { environmentRules } from './rules/environment.ts';
import { eventRules } from './rules/events.ts';
import { exampleRules } from './rules/examples.ts';
import { handlerRules } from './rules/handlers.ts';
import { hardCodedSecretRules } from './rules/hardCodedSecrets.ts';
import { hostingRules } from './rules/hosting.ts';
import { manifestRules } from './rules/manifest.ts';
import { moduleRules } from './rules/modules.ts';
import { ownSettingsRules } from './rules/ownSettings.ts';
import { permissionRules } from './rules/permissions.ts';
import { replayRules } from './rules/replay.ts';
import { repositoryRules } from './rules/repository.ts';
import { setupRules } from './rules/setup.ts';
import { versionRules } from './rules/versions.ts';
import { yamlRules } from './rules/yaml.ts';

/** Looks at a project and tells what is wrong with it. A rule that cannot judge says nothing. */
export type Rule = (project: Project) => Problem[];

/** Looks at the folder itself, for what its files do not tell, such as git. */
export type FolderRule = (root: string) => Problem[] | Promise<Problem[]>;

const rules: readonly Rule[] = [
  yamlRules,
  manifestRules,
  deliveryRules,
  configurationRules,
  duplicateRules,
  setupRules,
  environmentRules,
  eventRules,
  handlerRules,
  permissionRules,
  versionRules,
  hostingRules,
  moduleRules,
  dbtRules,
  replayRules,
  exampleRules,
  repositoryRules,
  hardCodedSecretRules,
];

const folderRules: readonly FolderRule[] = [(root) => leftoverNames(root)];

/** Everything that is wrong with a project as an extension, by file, line and column. */
export async function findProblems(project: Project): Promise<Problem[]> {
  const { root } = project;
  const inFolder = root === undefined ? [] : await Promise.all(folderRules.map(async (rule) => rule(root)));
  const own = await ownSettingsRules(project);
  return [...rules.flatMap((rule) => rule(project)), ...own, ...inFolder.flat()].toSorted(
    (one, other) => compareText(one.file, other.file) || one.line - other.line || one.column - other.column,
  );
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
