// kiket-dev lint: is this repository sound, as code and as an extension of Kiket?
import { parseArgs } from 'node:util';
import color from 'picocolors';
import { command, UsageError, type Io } from '../commandLine.ts';
import { findRoot } from '../project.ts';
import { writeGenerated } from './generated.ts';
import type { Problem } from './problem.ts';
import { openProject } from './project.ts';
import { findProblems, rules, type RuleName } from './rules.ts';
import { runTool, tools, type Result, type ToolName } from './tools.ts';

const toolNames = Object.keys(tools) as ToolName[];
const ruleNames = Object.keys(rules) as RuleName[];
const parts: readonly string[] = [...toolNames, 'kiket'];

const help = `Checks an extension: its code, and whether Kiket and its tools will understand it.

  --only CHECK   one check; can be given several times
  --fix          fixes what it can: src/manifest.ts, new settings in .env.example and docs/, code, format
  --help         prints this

Checks:
${toolNames.map((name) => `  ${name.padEnd(10)} ${tools[name].title}\n`).join('')}  kiket      the extension, or one of its rules:
             ${ruleNames.join(', ')}

Exit code: 0 if there are no errors, 1 if there are, 2 if the command is wrong.
`;

/** `kiket-dev lint` */
export const main = command(run);

async function run(argv: readonly string[], { stdout, env, cwd }: Io): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      fix: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [...parts] },
    },
  });
  if (values.help) {
    stdout.write(help);
    return 0;
  }
  const only = checkNames(values.only);
  const options = { root: findRoot(cwd) ?? cwd, env, isColored: color.isColorSupported };
  const chosenTools = toolNames.filter((name) => only.has(name));
  const chosenRules = ruleNames.filter((name) => only.has('kiket') || only.has(name));
  if (values.fix && chosenRules.length > 0) writeGenerated(options.root);
  const fixed = new Map<ToolName, Result>();
  // One after the other, because the last one formats what the others wrote.
  for (const name of values.fix ? chosenTools.filter((each) => 'fixArgs' in tools[each]) : []) {
    // oxlint-disable-next-line no-await-in-loop
    fixed.set(name, await runTool(name, options, true));
  }
  const results = await Promise.all([
    // What a program leaves unfixed, it reports, so it doesn't have to run twice.
    ...chosenTools.map((name) => fixed.get(name) ?? runTool(name, options)),
    ...(chosenRules.length > 0 ? [checkWithRules(options.root, chosenRules)] : []),
  ]);
  stdout.write(describe(results));
  return results.every(({ isOk }) => isOk) ? 0 : 1;
}

function checkNames(only: readonly string[]): ReadonlySet<string> {
  const known = [...parts, ...ruleNames];
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length === 0) return new Set(only);
  throw new UsageError(`Unknown check: ${unknown.join(', ')}. Available: ${known.join(', ')}.`);
}

async function checkWithRules(root: string, names: readonly RuleName[]): Promise<Result> {
  const problems = await findProblems(openProject(root), names);
  return { name: 'kiket', isOk: problems.every(({ severity }) => severity !== 'error'), problems };
}

/** One line per check, the output of other programs, one line per problem, and a count. */
function describe(results: readonly Result[]): string {
  const marks = results.map(({ name, isOk, leftOut }) => {
    if (leftOut !== undefined) return color.dim(`– ${name.padEnd(10)} skipped: ${leftOut}\n`);
    return `${isOk ? color.green('✓') : color.red('✗')} ${name}\n`;
  });
  const failed = results.filter(({ isOk, output }) => !isOk && output !== undefined);
  const outputs = failed.map(({ name, output = '' }) => `\n${color.bold(name)}\n${output.trim()}\n`);
  const problems = results.flatMap((result) => result.problems ?? []);
  const lines = problems.map(({ file, line, column, severity, message, hint, rule }) => {
    const kind = severity === 'error' ? color.red(severity) : color.yellow(severity);
    return `${color.bold(`${file}:${line}:${column}`)} ${kind} ${message} ${hint} ${color.dim(`(${rule})`)}\n`;
  });
  const blank = lines.length === 0 ? '' : '\n';
  const names = failed.map(({ name }) => name);
  return [...marks, ...outputs, blank, ...lines, `\n${count(problems, names)}\n`].join('');
}

function count(problems: readonly Problem[], failed: readonly string[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  if (problems.length + failed.length === 0) return 'No problems found.';
  const numbers = `${errors} error${errors === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}`;
  return failed.length === 0 ? numbers : `${numbers}; ${failed.join(', ')} failed`;
}
