import { startOf, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asMap } from '../values.ts';

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
    ...missing('replay-none', /^replay\/[^/]+\.json$/, [
      'replay',
      'There is no recorded payload.',
      'Put bodies of deliveries into replay/*.json, as kiket extensions replay --payload takes them.',
    ]),
    ...otherLanguages(project),
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
