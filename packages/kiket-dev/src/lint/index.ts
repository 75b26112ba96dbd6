// npm run lint: is this repository sound, as code and as an extension of Kiket?
import { statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import color from 'picocolors';
import { runScript, UsageError } from '../commandLine.ts';
import { checkedByRules, leaveOut, type CheckResult } from './check.ts';
import { openProject } from './project.ts';
import { describeResults, parts, resultsAsJson, type Part } from './report.ts';
import { findProblems } from './rules.ts';
import { manifestJsonSchema, schemaFile } from './shapes/jsonSchema.ts';
import { checkWithTool, fixWithTool, type RunOptions } from './tools.ts';
import { workflowProblems } from './workflows.ts';

const names = Object.keys(parts) as Part[];

const help = `Checks a repository: its code, and whether Kiket and its tools will understand it as an extension.

  npm run lint                    this repository
  npm run lint -- PATH            another one
  npm run lint -- --only PART     one part; can be given several times

  --fix     mends what can be mended: the manifest's JSON Schema, code, format
  --json    prints the results as JSON
  --help    prints this

Parts:
${names.map((name) => `  ${name.padEnd(10)} ${parts[name]}\n`).join('')}
Exit code: 0 if nothing is wrong or there are only warnings, 1 if something is, 2 if the command is wrong.
`;

await runScript(main);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      fix: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: names },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const options = { root: findRoot(positionals), isColored: color.isColorSupported && !values.json };
  const chosen = names.filter((name) => chooseParts(values.only).has(name));
  if (values.fix) await fix(chosen, options);
  const results = await Promise.all(chosen.map((name) => check(name, options)));
  process.stdout.write(values.json ? resultsAsJson(results) : describeResults(results));
  return results.every(({ isOk }) => isOk) ? 0 : 1;
}

function findRoot([path, ...more]: readonly string[]): string {
  if (more.length > 0) throw new UsageError('Name one folder. Quote a path that has spaces.');
  if (path === undefined) return fileURLToPath(new URL('../../../..', import.meta.url));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return resolve(path);
  throw new UsageError(`${path} is no folder. Name the folder of an extension, the one with .kiket/ in it.`);
}

function chooseParts(only: readonly string[]): ReadonlySet<string> {
  const unknown = only.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length === 0) return new Set(only);
  throw new UsageError(`--only ${unknown.join(', ')}: there is no such part. There are: ${names.join(', ')}.`);
}

async function check(name: Part, options: RunOptions): Promise<CheckResult> {
  if (name === 'kiket') return checkedByRules(name, await findProblems(openProject(options.root)));
  if (name !== 'workflows') return checkWithTool(name, options);
  const problems = await workflowProblems(openProject(options.root));
  return problems === undefined ? leaveOut(name, 'there is no .github/workflows') : checkedByRules(name, problems);
}

/** One after the other: the second formats what the first has written. */
async function fix(chosen: readonly Part[], options: RunOptions): Promise<void> {
  const project = openProject(options.root);
  const isNamed = project.read('.kiket/manifest.yaml')?.includes('manifest.schema.json') === true;
  const isThere = project.read(schemaFile) !== undefined;
  if (chosen.includes('kiket') && (isNamed || isThere))
    writeFileSync(join(options.root, schemaFile), `${JSON.stringify(manifestJsonSchema, null, 2)}\n`);
  if (chosen.includes('code')) await fixWithTool('code', options);
  if (chosen.includes('format')) await fixWithTool('format', options);
}
