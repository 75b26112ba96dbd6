import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { calledHost, isAddress, isCalled } from '../../hosting/egress.ts';
import { findHosting } from '../../hosting/manifest.ts';
import { error, placeAt, startOf, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asMap, asText, asTexts } from '../values.ts';
import { variablesIn } from './environment.ts';

/**
 * The extension can be built and run by Kiket. What only Kiket lacks is a warning until the manifest says that Kiket hosts
 * it. Only then is there a firewall that has to let out what the settings name.
 */
export function* hostingRules(project: Project): Iterable<Problem> {
  const manifest = project.manifest();
  if (manifest === undefined) return;
  // Text is Kiket's own `internal`; without any of it the extension is hosted elsewhere.
  const value = findHosting(manifest.value)?.value;
  const isManaged = typeof value === 'object' && value !== null;
  if (isManaged) yield* managed(project, manifest);
  if (isManaged) yield* egress(project, manifest, asTexts(asMap(value)['egress']));
  if (project.files.includes('package.json')) yield* nodeBuild(project, isManaged ? error : warning);
}

function* managed({ files }: Project, { extension, placeOf, keyPlaceOf }: ManifestFile): Iterable<Problem> {
  const sdk = asText(extension['sdk']);
  if (sdk === undefined || (sdk !== 'node' && files.includes('package.json'))) {
    const message = `Kiket chooses the managed build by sdk, and ${sdk === undefined ? 'sdk is missing' : `"${sdk}" does not build package.json`}.`;
    const place = sdk === undefined ? keyPlaceOf('hosting') : placeOf('sdk');
    yield error('hosting-sdk', place, { message, hint: 'Write sdk: node.' });
  }
}

/** The hosts that defaults of settings name, and those in `.env.example`, are let out. */
function* egress(
  { read }: Project,
  { extension, placeOf }: ManifestFile,
  allowed: readonly string[],
): Iterable<Problem> {
  const variables = variablesIn(read('.env.example') ?? '').filter(({ isComment }) => !isComment);
  const kiket = variables.find(({ name }) => name === 'KIKET_BASE_URL')?.value;
  const settings = Object.entries(asMap(extension['configuration'])).map(([name, field]) => {
    return { name, value: asText(asMap(field)['default']) ?? '', place: placeOf('configuration', name, 'default') };
  });
  for (const { name, value, place } of [...settings, ...variables.filter((each) => isCalled(each.name))]) {
    const host = calledHost(value.trim(), kiket);
    if (host === undefined || allowed.some((each) => each.toLowerCase() === host)) continue;
    const message = `${name} names ${host}, which egress does not let out, so calls there fail.`;
    const named = 'Egress takes names only: give the machine a name, and write that here and there.';
    yield error('egress-lacks', place, { message, hint: isAddress(host) ? named : `Add ${host} to hosting.egress.` });
  }
}

/**
 * Managed builds install production dependencies alone with npm, run `npm run build` where there is a tsconfig.json, swallow
 * its errors and start `node dist/index.js`. A compiler among the development dependencies ends in a server without code.
 */
function* nodeBuild(project: Project, tell: typeof error): Iterable<Problem> {
  const { files } = project;
  if (!files.includes('package-lock.json')) {
    const message = 'package-lock.json is missing, so npm ci fails, here and in managed builds.';
    yield tell('hosting-lock-file', startOf('package-lock.json'), { message, hint: 'Run npm install and commit it.' });
  }
  if (!files.includes('tsconfig.json')) {
    const message = 'Managed builds run `npm run build` only where there is a tsconfig.json.';
    yield tell('hosting-build', startOf('tsconfig.json'), { message, hint: 'Add one, or commit dist/.' });
  }
  const json = project.yaml('package.json');
  if (json?.value === undefined) return;
  const { scripts, dependencies, optionalDependencies, devDependencies } = asMap(json.value);
  const build = asText(asMap(scripts)['build']);
  if (build === undefined) {
    const message = 'package.json has no build script, which managed builds run.';
    yield tell('hosting-build', json.at(['scripts']), { message, hint: 'Add one that writes dist/index.js.' });
  }
  const production = { ...asMap(dependencies), ...asMap(optionalDependencies) };
  const isMissing = (name: string) => Object.hasOwn(asMap(devDependencies), name) && !Object.hasOwn(production, name);
  const hint = (name: string) => `Move ${name} to dependencies: npm install --save-prod --save-exact ${name}.`;
  for (const name of new Set(packagesOfBuild(project, build ?? '').filter(isMissing))) {
    const message = `The build needs ${name}, and managed builds have no development dependencies. Its failure is hidden.`;
    yield tell('hosting-compiler', json.keyAt(['devDependencies', name]), { message, hint: hint(name) });
  }
  for (const { file, name, offset } of serverImports(project).filter((each) => isMissing(each.name))) {
    const message = `This imports ${name}, and a server that is installed for production does not have it.`;
    yield error('dependency-dev', placeAt(file, project.read(file) ?? '', offset), { message, hint: hint(name) });
  }
}

/** The packages that a script's commands are, and those that the files import which it runs. */
function packagesOfBuild(project: Project, build: string): string[] {
  const words = build.split(/[\s;&|]+/).map((word) => word.replace(/^\.\//, ''));
  const imported = words.filter((word) => project.files.includes(word)).flatMap((file) => importsOf(project, file));
  return [...words.map((word) => (word === 'tsc' ? 'typescript' : word)), ...imported.map(({ name }) => name)];
}

/** What the server imports, file by file. A function for Lambda or Vercel is bundled with all that it needs. */
function serverImports(project: Project): Import[] {
  const reached = new Set(['src/index.ts', 'src/index.js'].filter((file) => project.files.includes(file)));
  // A set grows while it is walked through.
  for (const file of reached) {
    const own = importsOf(project, file).map(({ name }) => posix.join(posix.dirname(file), name));
    for (const path of own.filter((each) => project.files.includes(each))) reached.add(path);
  }
  return [...reached].flatMap((file) => importsOf(project, file));
}

/** A package or a file that is imported, and where that is written. */
interface Import {
  file: string;
  name: string;
  offset: number;
}

/** The packages and files that a file imports when it runs: types are gone by then. */
function importsOf(project: Project, file: string): Import[] {
  const text = project.read(file) ?? '';
  const pattern =
    /^[ \t]*(?:import|export)(?! type\b)[^;'"]*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/gm;
  return [...text.matchAll(pattern)].flatMap(({ 0: all, 1: still, 2: moving, index }) => {
    const specifier = still ?? moving ?? '';
    const [name] = /^(?:\.{1,2}\/.*|(?:@[\w.-]+\/)?[a-z\d][\w.-]*)/.exec(specifier) ?? [];
    const offset = index + all.lastIndexOf(specifier);
    return name === undefined || isBuiltin(specifier) ? [] : [{ file, name, offset }];
  });
}
