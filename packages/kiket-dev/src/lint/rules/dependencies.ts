import { filesReachedFrom, importsIn, packageOf } from '../imports.ts';
import { error, type Place } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asMap } from '../values.ts';

/** What runs as a function is one file with all that it needs in it, made where all dependencies are: docs/hosting/. */
const functions: readonly string[] = ['src/lambda.ts', 'src/vercel.ts'];

/** What the server imports is in `dependencies`: containers and managed builds are installed without the others. */
export function dependencyRules(project: Project): Problem[] {
  const sources = project.files.filter((file) => /^src\/.*\.[cm]?[jt]s$/.test(file) && !isForTests(file));
  const ofFunctions = filesReachedFrom(project, functions);
  const entries = sources.filter((file) => !ofFunctions.has(file));
  const imports = [...filesReachedFrom(project, entries)].toSorted().flatMap((file) => {
    const source = project.source(file);
    return source === undefined ? [] : importsIn(source);
  });
  // The first file that imports it stands for all of them.
  const firsts = new Map(imports.toReversed().map(({ specifier, place }) => [packageOf(specifier), place] as const));
  return onlyForDevelopment(
    project,
    [...firsts.keys()].flatMap((name) => name ?? []),
  ).map(({ name, place }) => {
    const { file, line } = firsts.get(name) ?? place;
    const message = `${file} (line ${line}) imports ${name}, and a server that is installed for production does not have it.`;
    return error('dependency-dev', place, { message, hint: moveHint(name) });
  });
}

function isForTests(file: string): boolean {
  return /[._](?:test|spec)\.\w+$|\/__tests__\//.test(file);
}

/** Those of these packages that are in `devDependencies` alone, and where they stand there. */
export function onlyForDevelopment(project: Project, names: readonly string[]): { name: string; place: Place }[] {
  const json = project.yaml('package.json');
  const { dependencies, devDependencies, optionalDependencies } = asMap(json?.value);
  const production = { ...asMap(dependencies), ...asMap(optionalDependencies) };
  return [...new Set(names)].flatMap((name) => {
    const isHere = Object.hasOwn(asMap(devDependencies), name) && !Object.hasOwn(production, name);
    return isHere && json !== undefined ? [{ name, place: json.keyAt(['devDependencies', name]) }] : [];
  });
}

/** What to do about such a package. */
export function moveHint(name: string): string {
  return `Move ${name} to dependencies: npm install --save-prod --save-exact ${name}.`;
}
