// kiket-dev lint: will Kiket and its tools understand this extension?
import { parseArgs } from 'node:util';
import color from 'picocolors';
import { commandWithHelp, UsageError, type Io } from '../commandLine.ts';
import { findRoot } from '../project.ts';
import { writeGenerated } from './generated.ts';
import type { Problem } from './problem.ts';
import { openProject } from './project.ts';
import { findProblems, rules, type RuleName } from './rules.ts';

const ruleNames = Object.keys(rules) as RuleName[];

const help = `Checks whether Kiket and its tools will understand an extension.

  --only RULE   one rule; can be given several times
  --fix         writes src/manifest.ts, and new settings into .env.example and docs/
  --help        prints this

Rules: ${ruleNames.join(', ')}

Exit code: 0 if there are no errors, 1 if there are, 2 if the command is wrong.
`;

/** `kiket-dev lint` */
export const main = commandWithHelp(help, run);

async function run(argv: readonly string[], { stdout, cwd }: Io): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { fix: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: ruleNames } },
  });
  const names = checkNames(values.only);
  const root = findRoot(cwd) ?? cwd;
  const written = values.fix ? await writeGenerated(root) : [];
  if (written.length > 0) stdout.write(`Wrote ${written.join(', ')}.\n`);
  const problems = await findProblems(openProject(root), names);
  stdout.write(describe(problems));
  return problems.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function checkNames(only: readonly string[]): RuleName[] {
  const unknown = only.filter((name) => !Object.hasOwn(rules, name));
  if (unknown.length === 0) return ruleNames.filter((name) => only.includes(name));
  throw new UsageError(`Unknown rule: ${unknown.join(', ')}. Available: ${ruleNames.join(', ')}.`);
}

/** One line per problem, and a count. */
function describe(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'No problems found.\n';
  const lines = problems.map(({ file, line, column, severity, message, hint, rule }) => {
    const kind = severity === 'error' ? color.red(severity) : color.yellow(severity);
    return `${color.bold(`${file}:${line}:${column}`)} ${kind} ${message} ${hint === '' ? '' : `${hint} `}${color.dim(`(${rule})`)}\n`;
  });
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return `${lines.join('')}\n${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}\n`;
}

function count(number: number, name: string): string {
  return `${number} ${name}${number === 1 ? '' : 's'}`;
}
