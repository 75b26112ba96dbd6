import type { Problem } from './problem.ts';

/** What one part of the lint said. */
export interface CheckResult {
  /** What it is called on the command line: `types`. */
  name: string;
  isOk: boolean;
  /** Why it was left out, if it was. */
  leftOut?: string;
  /** What another program said. */
  output: string;
  /** What our own rules found. */
  problems: readonly Problem[];
}

/** The result of a part whose rules are our own. Warnings alone are fine. */
export function checkedByRules(name: string, problems: readonly Problem[]): CheckResult {
  return { name, isOk: !problems.some(({ severity }) => severity === 'error'), output: '', problems };
}

/** The result of a part for which something is missing that it needs. */
export function leaveOut(name: string, leftOut: string): CheckResult {
  return { name, isOk: true, leftOut, output: '', problems: [] };
}
