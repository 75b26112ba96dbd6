import { error, placeAt, startOf, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asMap, asText } from '../values.ts';

/** Files that Kiket's command line and its marketplace look for, and what to do about one that is missing. */
const expected: readonly (readonly [rule: string, pattern: RegExp, file: string, hint: string])[] = [
  ['readme', /^README/, 'README.md', 'Say what the extension does; the marketplace shows it.'],
  ['license', /^LICENSE/, 'LICENSE', 'Add the text of a license.'],
  [
    'ci-workflow',
    /^\.github\/workflows\/(?:ci|validate)\.yml$/,
    '.github/workflows/ci.yml',
    'Run lint and tests there.',
  ],
  ['tests', /^(?:test|tests|spec)\//, 'test', 'Add tests in test/, named *_test.ts.'],
  ['docs', /^docs\/README\.md$/, 'docs/README.md', 'Say what people need to know who install it.'],
  ['docs', /^docs\/getting-started\.md$/, 'docs/getting-started.md', 'Say how to begin; the marketplace shows it.'],
];

/** The files around the code are those that Kiket's command line and its marketplace look for. */
export function* repositoryRules({ files, yaml }: Project): Iterable<Problem> {
  for (const [rule, pattern, file, hint] of expected) {
    if (!files.some((each) => pattern.test(each)))
      yield warning(rule, startOf(file), { message: `${file} is missing.`, hint });
  }
  const tests = files.filter((file) => /^(?:test|tests|spec)\//.test(file));
  if (tests.length > 0 && !tests.some((file) => /_(?:test\.(?:py|rb|js|ts)|spec\.\w+)$/.test(file))) {
    const message = 'kiket extensions doctor counts no test here: it looks for names such as guard_test.ts.';
    yield warning('tests', startOf(tests[0] ?? 'test'), { message, hint: 'Rename *.test.ts to *_test.ts.' });
  }
  if (files.includes('.env')) {
    const message = 'git does not ignore .env, which holds secrets, and kiket extensions package would pack it.';
    const hint = 'Add .env to .gitignore, run git rm --cached .env, and change the secrets if it was ever pushed.';
    yield error('env-tracked', startOf('.env'), { message, hint });
  }
  const json = yaml('package.json');
  if (json === undefined) return;
  for (const file of files.filter((each) => /^(?:requirements\.txt|pyproject\.toml)$/.test(each))) {
    const message = 'With this file here the kiket CLI takes the extension for Python and does not run npm test.';
    yield warning('other-language', startOf(file), { message, hint: 'Move it into a folder.' });
  }
  const manager = asText(asMap(json.value)['packageManager']);
  const isOther = manager !== undefined && !manager.startsWith('npm@');
  const others = files.filter((file) => /^(?:yarn\.lock|pnpm-lock\.yaml)$/.test(file)).map(startOf);
  for (const place of [...others, ...(isOther ? [json.at(['packageManager'])] : [])]) {
    const message =
      'Because of this the kiket CLI runs the tests with another package manager than managed builds, which use npm.';
    yield warning('package-manager', place, { message, hint: 'Use npm, and keep package-lock.json alone.' });
  }
  for (const name of ['build', 'lint', 'test']) {
    if (json.value === undefined || Object.hasOwn(asMap(asMap(json.value)['scripts']), name)) continue;
    const message = `package.json has no script ${name}, which the kiket CLI runs.`;
    yield warning('package-script', json.at(['scripts']), { message, hint: `Add "${name}" to scripts.` });
  }
}

/** What `kiket marketplace validate` takes for a secret. Put together here, or it would find them in this file. */
const secrets = new RegExp(
  [
    ['sk', '(?:live|test)', ''].join('_'),
    String.raw`(?:api|secret)_key['"]?\s*[:=]\s*['"][^'"\n]{20,}['"]`,
    String.raw`password['"]?\s*[:=]\s*['"][^'"\n]+['"]`,
  ].join('|'),
  'gi',
);

/** No file that the marketplace reads holds what looks like a secret. Paths that begin with a dot it does not read. */
export function* secretRules({ files, read }: Project): Iterable<Problem> {
  for (const file of files) {
    if (!/\.(?:rb|py|js|ts|ya?ml|json)$/.test(file) || /(?:^|\/)\./.test(file)) continue;
    const text = read(file) ?? '';
    for (const { index } of text.matchAll(secrets)) {
      yield warning('hard-coded-secret', placeAt(file, text, index), {
        message: 'The marketplace takes this for a secret in the code.',
        hint: 'Read it from the environment; if it is real, change it. In a test, put it together from parts.',
      });
    }
  }
}

/** The manifest, package.json and the newest entry of the change log are of one version. */
export function* versionRules({ read, manifest, yaml }: Project): Iterable<Problem> {
  const version = asText(manifest()?.extension['version']);
  if (version === undefined) return;
  const json = yaml('package.json');
  const own = asText(asMap(json?.value)['version']);
  // The syntax rules report a file that can't be read.
  if (json?.value !== undefined && own !== version) {
    const message = `package.json is version ${own ?? 'none'}, and the manifest is version ${version}.`;
    yield error('version-mismatch', json.at(['version']), { message, hint: 'Write the same version into both.' });
  }
  const file = 'docs/CHANGELOG.md';
  const text = read(file);
  if (text === undefined) {
    const hint = `Write one with a heading for each version: ## ${version}. The marketplace shows it.`;
    yield error('changelog-missing', startOf(file), { message: `${file} is missing.`, hint });
    return;
  }
  const newest = [...text.matchAll(/^## (\S+)/gm)].find(([, name = '']) => !/^\[?unreleased\]?$/i.test(name));
  if (newest?.[1] === version) return;
  const message = `The newest entry is of version ${newest?.[1] ?? 'none'}, and the manifest is version ${version}.`;
  const hint = `Add ## ${version}, written like this, with what changed: the release takes its notes from there.`;
  yield error('version-mismatch', placeAt(file, text, newest?.index ?? 0), { message, hint });
}
