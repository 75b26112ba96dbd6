import type { Problem } from './problem.ts';
import type { Project } from './project.ts';
import { configurationRules } from './rules/configuration.ts';
import { environmentRules } from './rules/environment.ts';
import { handlerRules } from './rules/handlers.ts';
import { hostingRules } from './rules/hosting.ts';
import { manifestRules } from './rules/manifest.ts';
import { dbtRules, moduleRules } from './rules/modules.ts';
import { permissionRules } from './rules/permissions.ts';
import { replayRules } from './rules/replay.ts';
import { repositoryRules, versionRules } from './rules/repository.ts';
import { syntaxRules } from './rules/syntax.ts';

/** Checks a project and returns its problems. A rule that can't judge returns none. */
type Rule = (project: Project) => Iterable<Problem> | AsyncIterable<Problem>;

/** All rules, by name. */
export const rules = {
  syntax: syntaxRules,
  manifest: manifestRules,
  configuration: configurationRules,
  environment: environmentRules,
  handlers: handlerRules,
  permissions: permissionRules,
  modules: moduleRules,
  dbt: dbtRules,
  replay: replayRules,
  hosting: hostingRules,
  versions: versionRules,
  repository: repositoryRules,
} as const satisfies Record<string, Rule>;
export type RuleName = keyof typeof rules;

/** All problems that these rules find in a project, by file, line and column. */
export async function findProblems(
  project: Project,
  names: readonly RuleName[] = Object.keys(rules) as RuleName[],
): Promise<Problem[]> {
  const found: Problem[] = [];
  for (const name of names) {
    for await (const problem of rules[name](project)) found.push(problem);
  }
  return found.toSorted(
    (one, other) => one.file.localeCompare(other.file) || one.line - other.line || one.column - other.column,
  );
}
