import { error, startOf, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asMap, asText } from '../values.ts';
import { jsonProblems } from './json.ts';

/** The files around the code that the kiket CLI and the marketplace look for. */
export function repositoryRules(project: Project): Problem[] {
  const has = (pattern: RegExp) => project.files.some((file) => pattern.test(file));
  const missing = (rule: string, pattern: RegExp, [file, message, hint]: readonly [string, string, string]) =>
    has(pattern) ? [] : [warning(rule, startOf(file), { message, hint })];
  return [
    ...missing('readme', /^README/, [
      'README.md',
      'There is no README.',
      'Say what the extension does; the marketplace shows it.',
    ]),
    ...missing('license', /^LICENSE/, ['LICENSE', 'There is no LICENSE.', 'Add the text of a licence.']),
    ...missing('ci-workflow', /^\.github\/workflows\/(?:ci|validate)\.yml$/, [
      '.github/workflows/ci.yml',
      'There is no workflow ci.yml or validate.yml; the marketplace looks for these names.',
      'Add one that runs lint, test and replay.',
    ]),
    ...tests(project),
    ...missing('docs', /^docs\/README\.md$/, [
      'docs/README.md',
      'There is no docs/README.md.',
      'Say there what people need to know who install it; the marketplace shows it.',
    ]),
    ...missing('docs', /^docs\/getting-started\.md$/, [
      'docs/getting-started.md',
      'There is no docs/getting-started.md.',
      'Say there how to begin; the marketplace shows it.',
    ]),
    ...missing('replay-none', /^replay\/[^/]+\.json$/, [
      'replay',
      'There is no recorded payload.',
      'Put bodies of deliveries into replay/*.json, as kiket extensions replay --payload takes them.',
    ]),
    ...otherLanguages(project),
    ...otherManagers(project),
    ...secretFile(project),
    ...jsonProblems(project, 'package.json'),
    ...scripts(project),
  ];
}

function tests({ files }: Project): Problem[] {
  const found = files.filter((file) => /^(?:test|tests|spec)\//.test(file));
  if (found.length === 0) {
    const message = 'There is none of the folders test, tests and spec.';
    return [warning('tests-missing', startOf('test'), { message, hint: 'Add tests in test/, named *_test.ts.' })];
  }
  if (found.some((file) => /_(?:test\.(?:py|rb|js|ts)|spec\.\w+)$/.test(file))) return [];
  const message = 'kiket extensions doctor counts no test here: it looks for names such as guard_test.ts.';
  return [warning('tests-uncounted', startOf(found[0] ?? 'test'), { message, hint: 'Rename *.test.ts to *_test.ts.' })];
}

/** A file of another language makes `kiket extensions test` run that language's tests. */
function otherLanguages({ files }: Project): Problem[] {
  if (!files.includes('package.json')) return [];
  return files
    .filter((file) => file === 'requirements.txt' || file === 'pyproject.toml')
    .map((file) => {
      const message = 'With this file here the kiket CLI takes the extension for Python and does not run npm test.';
      return warning('other-language', startOf(file), { message, hint: 'Move it into a folder.' });
    });
}

/** `kiket extensions test` takes another package manager by these, and a managed build takes npm. */
function otherManagers(project: Project): Problem[] {
  const hint = 'Use npm, and keep package-lock.json alone.';
  const locks = project.files
    .filter((file) => file === 'yarn.lock' || file === 'pnpm-lock.yaml')
    .map((file) => {
      const message =
        'With this file here the kiket CLI runs the tests with another package manager than managed builds.';
      return warning('package-manager', startOf(file), { message, hint });
    });
  const json = project.yaml('package.json');
  const manager = asText(asMap(json?.value)['packageManager']);
  if (json === undefined || manager === undefined || manager.startsWith('npm@')) return locks;
  const message = `The kiket CLI may run the tests with ${manager}, and managed builds use npm.`;
  return [...locks, warning('package-manager', json.at(['packageManager']), { message, hint })];
}

/** What git ignores is not among the files. */
function secretFile({ files }: Project): Problem[] {
  if (!files.includes('.env')) return [];
  const message = 'git does not ignore .env, which holds secrets, and kiket extensions package would pack it.';
  const hint = 'Write .env into .gitignore, run git rm --cached .env, and change the secrets if it was ever pushed.';
  return [error('env-tracked', startOf('.env'), { message, hint })];
}

/** `kiket extensions lint` and `test` run these. */
function scripts(project: Project): Problem[] {
  const json = project.yaml('package.json');
  if (json?.value === undefined) return [];
  const own = asMap(asMap(json.value)['scripts']);
  return ['build', 'lint', 'test']
    .filter((name) => !Object.hasOwn(own, name))
    .map((name) => {
      const message = `package.json has no script ${name}, which the kiket CLI runs.`;
      return warning('package-script', json.at(['scripts']), { message, hint: `Add "${name}" to scripts.` });
    });
}
