import color from 'picocolors';
import type { CheckResult } from './check.ts';
import type { Problem } from './problem.ts';

/** What each part looks at, for people. */
export const parts = {
  types: 'TypeScript compiles (tsc)',
  code: 'promises and what else goes wrong in code (oxlint)',
  format: 'format (prettier)',
  workflows: 'workflows of GitHub Actions (actionlint)',
  kiket: 'the extension: manifest, handlers, permissions, modules, replays',
} as const;
export type Part = keyof typeof parts;

/** All results for people: one line for each part, then everything that is wrong. */
export function describeResults(results: readonly CheckResult[]): string {
  const lines = results.map(({ name, isOk, leftOut }) => {
    const mark = leftOut === undefined ? (isOk ? color.green('✓') : color.red('✗')) : color.dim('–');
    const text = leftOut === undefined ? parts[name as Part] : color.dim(`left out: ${leftOut}`);
    return `${mark} ${name.padEnd(10)} ${text}\n`;
  });
  const outputs = results
    .filter(({ isOk }) => !isOk)
    .flatMap(({ name, output }) => (output === '' ? [] : [`\n${color.bold(name)}\n${output.trim()}\n`]));
  const problems = results.flatMap((result) => result.problems);
  const told = problems.length === 0 ? '' : `\n${problems.map(describeProblem).join('\n')}`;
  return `${lines.join('')}${outputs.join('')}${told}\n${describeCounts(results)}\n`;
}

function describeProblem({ file, line, column, severity, message, hint, rule }: Problem): string {
  const paint = severity === 'error' ? color.red : color.yellow;
  return `${color.bold(`${file}:${line}:${column}`)}  ${paint(severity)}  ${message}  ${color.dim(`(${rule})`)}\n    ${hint}\n`;
}

function describeCounts(results: readonly CheckResult[]): string {
  const { errors, warnings } = countProblems(results);
  const failed = failedChecks(results);
  const also = failed.length === 0 ? '' : `; ${failed.join(', ')} failed`;
  if (errors + warnings + failed.length === 0) return color.green('Nothing is wrong.');
  return `${errors} error${errors === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}${also}`;
}

/** The parts that another program found wrong: it counts for itself. */
function failedChecks(results: readonly CheckResult[]): string[] {
  return results.filter(({ isOk, problems }) => !isOk && problems.length === 0).map(({ name }) => name);
}

/** How many problems our own rules found. */
export function countProblems(results: readonly CheckResult[]): { errors: number; warnings: number } {
  const problems = results.flatMap((result) => result.problems);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: problems.length - errors };
}

/** All results as one JSON document. */
export function resultsAsJson(results: readonly CheckResult[]): string {
  const ok = results.every(({ isOk }) => isOk);
  const checks = results.map(({ name, isOk, leftOut, output }) => ({
    tool: name,
    ok: isOk,
    ...(leftOut === undefined ? {} : { leftOut }),
    output,
  }));
  const problems = results.flatMap((result) => result.problems);
  return `${JSON.stringify({ ok, ...countProblems(results), failed: failedChecks(results).length, problems, checks }, null, 2)}\n`;
}
