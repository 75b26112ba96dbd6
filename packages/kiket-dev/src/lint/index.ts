// kiket-dev lint: is this repository sound, as code and as an extension of Kiket?
import { statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import color from 'picocolors';
import { UsageError } from '../commandLine.ts';
import type { Problem } from './problem.ts';
import { openProject, type Project } from './project.ts';
import { findProblems, rules, type RuleName } from './rules.ts';
import { isManifestSchema, manifestJsonSchema, schemaFile, schemaSource } from './shapes/jsonSchema.ts';
import { runTool, tools, workflowProblems, type RunOptions, type ToolName } from './tools.ts';

const toolNames = Object.keys(tools) as ToolName[];
const ruleNames = Object.keys(rules) as RuleName[];
const parts: readonly string[] = [...toolNames, 'workflows', 'kiket'];

const help = `Checks an extension: its code, and whether Kiket and its tools will understand it.

  kiket-dev lint                    this folder
  kiket-dev lint FOLDER             another one
  kiket-dev lint --only CHECK       one check; can be given several times

  --fix     fixes what can be fixed: the manifest's JSON Schema, code, format
  --help    prints this

Checks:
${toolNames.map((name) => `  ${name.padEnd(10)} ${tools[name].title}\n`).join('')}  workflows  workflows of GitHub Actions (actionlint)
  kiket      the extension; or one of its rules alone:
             ${ruleNames.join(', ')}

Exit code: 0 if nothing is wrong or there are only warnings, 1 if something is, 2 if the command is wrong.
`;

/** Where a run of lint writes, and which folder and environment it has. */
export interface LintIo {
  stdout: { write: (text: string) => unknown };
  /** The folder that is checked if the command line names none. */
  root: string;
  env: NodeJS.ProcessEnv;
  isColored?: boolean;
}

/** What one part of a run said. */
interface Result {
  name: string;
  isOk: boolean;
  /** Why it was left out, if it was. */
  leftOut?: string;
  /** What another program said. */
  output: string;
  problems: readonly Problem[];
}

/**
 * Lints the extension in a folder.
 *
 * @param argv the command line without node and script
 * @returns the exit code
 * @throws UsageError if the command line makes no sense
 */
export async function main(argv: readonly string[], io: LintIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      fix: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [...parts] },
    },
  });
  if (values.help) {
    io.stdout.write(help);
    return 0;
  }
  const only = checkNames(values.only);
  const options = { root: findRoot(positionals, io), env: io.env, isColored: io.isColored === true };
  if (values.fix) await fix(only, options);
  const project = openProject(options.root);
  const chosen = ruleNames.filter((name) => only.has('kiket') || only.has(name));
  const results = await Promise.all([
    ...toolNames.filter((name) => only.has(name)).map((name) => checkWithTool(name, options)),
    ...(only.has('workflows') ? [checkWithRules('workflows', workflowProblems(project))] : []),
    ...(chosen.length > 0 ? [checkWithRules('kiket', findProblems(project, chosen))] : []),
  ]);
  io.stdout.write(describe(results, color.createColors(options.isColored)));
  return results.every(({ isOk }) => isOk) ? 0 : 1;
}

function checkNames(only: readonly string[]): ReadonlySet<string> {
  const known = [...parts, ...ruleNames];
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length === 0) return new Set(only);
  throw new UsageError(`Unknown check: ${unknown.join(', ')}. Available: ${known.join(', ')}.`);
}

function findRoot([path, ...more]: readonly string[], { root }: LintIo): string {
  if (more.length > 0) throw new UsageError('Name one folder. Quote a path that has spaces.');
  if (path === undefined) return root;
  const folder = resolve(root, path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new UsageError(`${path} is not a folder. Name the folder of an extension, the one with .kiket/ in it.`);
}

async function checkWithTool(name: ToolName, options: RunOptions): Promise<Result> {
  const ran = await runTool(name, options);
  if (typeof ran === 'string') return { name, isOk: true, leftOut: ran, output: '', problems: [] };
  return { name, problems: [], ...ran };
}

async function checkWithRules(name: string, found: Promise<Problem[] | string>): Promise<Result> {
  const problems = await found;
  if (typeof problems === 'string') return { name, isOk: true, leftOut: problems, output: '', problems: [] };
  const isOk = problems.every(({ severity }) => severity !== 'error');
  return { name, isOk, output: '', problems };
}

/** One after the other: the last one formats what the others have written. */
async function fix(only: ReadonlySet<string>, options: RunOptions): Promise<void> {
  if ((only.has('kiket') || only.has('manifest')) && needsSchema(openProject(options.root)))
    writeFileSync(join(options.root, schemaFile), `${JSON.stringify(manifestJsonSchema, null, 2)}\n`);
  for (const name of toolNames) {
    if (only.has(name)) await runTool(name, options, true);
  }
}

/** A schema that is right stays as it is formatted. */
function needsSchema({ files, read }: Project): boolean {
  return files.includes(schemaSource) && !isManifestSchema(read(schemaFile) ?? '');
}

/** One line for each part, what other programs said, one line for each problem, and a count. */
function describe(results: readonly Result[], paint: ReturnType<typeof color.createColors>): string {
  const marks = results.map(({ name, isOk, leftOut }) => {
    if (leftOut !== undefined) return paint.dim(`– ${name.padEnd(10)} left out: ${leftOut}\n`);
    return `${isOk ? paint.green('✓') : paint.red('✗')} ${name}\n`;
  });
  const outputs = results.filter(({ isOk, output }) => !isOk && output !== '');
  const lines = problemsOf(results).map(({ file, line, column, severity, message, hint, rule }) => {
    const place = paint.bold(`${file}:${line}:${column}`);
    return `${place} ${severity === 'error' ? paint.red(severity) : paint.yellow(severity)} ${message} ${hint} ${paint.dim(`(${rule})`)}\n`;
  });
  return [
    ...marks,
    ...outputs.map(({ name, output }) => `\n${paint.bold(name)}\n${output.trim()}\n`),
    lines.length === 0 ? '' : '\n',
    ...lines,
    `\n${count(results)}\n`,
  ].join('');
}

function count(results: readonly Result[]): string {
  const errors = problemsOf(results).filter(({ severity }) => severity === 'error').length;
  const warnings = problemsOf(results).length - errors;
  const failed = results.filter(({ isOk, problems }) => !isOk && problems.length === 0).map(({ name }) => name);
  if (errors + warnings + failed.length === 0) return 'Nothing is wrong.';
  const numbers = `${errors} error${errors === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}`;
  return failed.length === 0 ? numbers : `${numbers}; ${failed.join(', ')} failed`;
}

function problemsOf(results: readonly Result[]): Problem[] {
  return results.flatMap(({ problems }) => problems);
}
