import { error, placeAt, startOf, warning, type Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asMap, asText } from '../values.ts';

/** Files that Kiket's command line and its marketplace look for. */
const expected: Readonly<Record<string, RegExp>> = {
  'README.md': /^README/,
  LICENSE: /^LICENSE/,
  '.github/workflows/ci.yml': /^\.github\/workflows\/(?:ci|validate)\.yml$/,
  'docs/README.md': /^docs\/README\.md$/,
  'docs/getting-started.md': /^docs\/getting-started\.md$/,
  'test/*_test.ts': /^(?:test|tests|spec)\/.*_(?:test\.(?:py|rb|js|ts)|spec\.\w+)$/,
};

/** The repository has the files that Kiket's command line and marketplace look for. */
export function* repositoryRules({ files }: Project): Iterable<Problem> {
  for (const [file, pattern] of Object.entries(expected)) {
    if (files.some((each) => pattern.test(each))) continue;
    const hint = "Add it: Kiket's command line or its marketplace looks for it.";
    yield warning('file-missing', startOf(file), `${file} is missing.`, hint);
  }
  if (files.includes('.env')) {
    const message = "git doesn't ignore .env, which holds secrets, and kiket extensions package would pack it.";
    const hint = 'Add .env to .gitignore, run git rm --cached .env, and change the secrets if it was ever pushed.';
    yield error('env-tracked', startOf('.env'), message, hint);
  }
}

/** The manifest, package.json and the newest changelog entry have the same version. */
export function* versionRules({ read, manifest, yaml }: Project): Iterable<Problem> {
  const version = asText(manifest()?.extension['version']);
  if (version === undefined) return;
  const json = yaml('package.json');
  const own = asText(asMap(json?.value)['version']) ?? 'none';
  // The syntax rules report a file that can't be read.
  if (json?.value !== undefined && own !== version) {
    const message = `package.json is version ${own}, and the manifest is version ${version}.`;
    yield error('version-mismatch', json.at(['version']), message, 'Write the same version into both.');
  }
  const file = 'docs/CHANGELOG.md';
  const text = read(file);
  const hint = `Add ## ${version} with what changed: the release takes its notes from there, and the marketplace shows it.`;
  if (text === undefined) {
    yield error('changelog-missing', startOf(file), `${file} is missing.`, hint);
    return;
  }
  const newest = [...text.matchAll(/^## (\S+)/gm)].find(([, name = '']) => !/^\[?unreleased\]?$/i.test(name));
  if (newest?.[1] === version) return;
  const message = `The newest entry is of version ${newest?.[1] ?? 'none'}, and the manifest is version ${version}.`;
  yield error('version-mismatch', placeAt(file, text, newest?.index ?? 0), message, hint);
}
