import { isBuiltin } from 'node:module';
import { calledHost, isAddress, isCalled } from '../../hosting/egress.ts';
import { findHosting } from '../../hosting/manifest.ts';
import { error, placeAt, startOf, warning, type Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asMap, asText, asTexts } from '../values.ts';
import { variablesIn } from './environment.ts';

/**
 * Kiket can build and run the extension. Problems are warnings until the manifest says that Kiket hosts it. Only then
 * is there a firewall, which has to allow the hosts in the settings.
 */
export function* hostingRules(project: Project): Iterable<Problem> {
  const manifest = project.manifest();
  if (manifest === undefined) return;
  // Text is Kiket's own `internal`. Without it, the extension is hosted elsewhere.
  const value = findHosting(manifest.value)?.value;
  const isManaged = typeof value === 'object' && value !== null;
  const isNode = project.files.includes('package.json');
  const { sdk } = manifest.extension;
  if (isManaged && (sdk === undefined || (isNode && sdk !== 'node'))) {
    const message = `Kiket chooses the managed build by sdk, and ${sdk === undefined ? 'sdk is missing' : "this one doesn't build package.json"}.`;
    const place = sdk === undefined ? manifest.keyPlaceOf('hosting') : manifest.placeOf('sdk');
    yield error('hosting-sdk', place, message, 'Write sdk: node.');
  }
  if (isManaged) yield* egress(project, manifest, asTexts(asMap(value)['egress']));
  if (isNode) yield* nodeBuild(project, isManaged ? error : warning);
}

/** Egress allows the hosts in the settings' defaults and in `.env.example`. */
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
    const message = `${name} names ${host}, which egress doesn't allow, so calls there fail.`;
    const named = 'Egress only accepts names. Give the machine a name, and use it here and in egress.';
    yield error('egress-lacks', place, message, isAddress(host) ? named : `Add ${host} to hosting.egress.`);
  }
}

/**
 * Managed builds only install production dependencies with npm, run `npm run build` if there's a tsconfig.json, hide
 * its errors and start `node dist/index.js`. A compiler in the development dependencies leads to a server without code.
 */
function* nodeBuild(project: Project, report: typeof error): Iterable<Problem> {
  const { files, read } = project;
  const why = { 'package-lock.json': 'run npm ci', 'tsconfig.json': 'run `npm run build` only where it is' };
  for (const [file, does] of Object.entries(why).filter(([name]) => !files.includes(name)))
    yield report('hosting-build', startOf(file), `${file} is missing, and managed builds ${does}.`, 'Add it.');
  const json = project.yaml('package.json');
  if (json?.value === undefined) return;
  const { scripts, dependencies, optionalDependencies, devDependencies } = asMap(json.value);
  const build = asText(asMap(scripts)['build']) ?? '';
  if (build === '') {
    const message = 'package.json has no build script, which managed builds run.';
    yield report('hosting-build', json.at(['scripts']), message, 'Add one that writes dist/index.js.');
  }
  const production = { ...asMap(dependencies), ...asMap(optionalDependencies) };
  const isMissing = ({ name }: { name: string }) =>
    Object.hasOwn(asMap(devDependencies), name) && !Object.hasOwn(production, name);
  const hint = (name: string) => `Move ${name} to dependencies: npm install --save-prod --save-exact ${name}.`;
  for (const { name } of packagesOfBuild(project, build).filter(isMissing)) {
    const message = `The build needs ${name}, and managed builds have no development dependencies. Its failure is hidden.`;
    yield report('hosting-compiler', json.keyAt(['devDependencies', name]), message, hint(name));
  }
  for (const file of files.filter((each) => /^src\/.*\.[jt]s$/.test(each))) {
    for (const { name, offset } of importsOf(read(file)).filter(isMissing)) {
      const message = `This imports ${name}, which isn't installed in production.`;
      yield error('dependency-dev', placeAt(file, read(file) ?? '', offset), message, hint(name));
    }
  }
}

/** The packages that a script runs, and those that its files import. */
function packagesOfBuild({ files, read }: Project, build: string): { name: string }[] {
  const words = build.split(/[\s;&|]+/).map((word) => word.replace(/^\.\//, ''));
  const commands = words.map((word) => ({ name: word === 'tsc' ? 'typescript' : word }));
  return [...commands, ...words.filter((word) => files.includes(word)).flatMap((file) => importsOf(read(file)))];
}

/** The packages that a file imports at runtime, and where. Type imports don't count. */
function importsOf(text = ''): { name: string; offset: number }[] {
  const pattern =
    /^[ \t]*(?:import|export)(?! type\b)[^;'"]*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/gm;
  return [...text.matchAll(pattern)].flatMap(({ 0: all, 1: still, 2: moving, index }) => {
    const specifier = still ?? moving ?? '';
    const [name] = /^(?:@[\w.-]+\/)?[a-z\d][\w.-]*/.exec(specifier) ?? [];
    const offset = index + all.lastIndexOf(specifier);
    return name === undefined || isBuiltin(specifier) ? [] : [{ name, offset }];
  });
}
