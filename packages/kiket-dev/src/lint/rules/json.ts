import { error, startOf } from '../found.ts';
import { findJsonError } from '../jsonError.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';

/** A file is JSON, and has each key once. One that is not there is the business of others. */
export function jsonProblems(project: Project, file: string): Problem[] {
  const text = project.read(file);
  if (text === undefined) return [];
  const wrong = findJsonError(text);
  // JSON is YAML too, whose reader notices what JSON's does not.
  if (wrong === undefined)
    return project.yaml(file)?.problems.filter(({ rule }) => rule === 'yaml-duplicate-key') ?? [];
  const { line, column, message } = wrong;
  if (text.startsWith('\uFEFF')) {
    const hint = 'Save it as UTF-8 without one: no reader of JSON has to take it.';
    return [
      error('json-syntax', startOf(file), { message: 'This begins with a byte order mark, which nobody sees.', hint }),
    ];
  }
  const hint = 'Mend what stands here or just before it.';
  return [error('json-syntax', { file, line, column }, { message: `This is not JSON: ${message}.`, hint })];
}
