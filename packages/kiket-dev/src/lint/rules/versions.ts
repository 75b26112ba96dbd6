import { error, startOf } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asMap, asText } from '../values.ts';

const changelog = 'docs/CHANGELOG.md';

/** The manifest, package.json and the newest entry of the change log are of one version. */
export function versionRules(project: Project): Problem[] {
  const manifest = project.manifest();
  const version = asText(manifest?.extension['version']);
  if (version === undefined) return [];
  return [...packageVersion(project, version), ...newestEntry(project, version)];
}

function packageVersion(project: Project, version: string): Problem[] {
  const json = project.yaml('package.json');
  // A file that cannot be read has been told of.
  if (json?.value === undefined) return [];
  const own = asText(asMap(json.value)['version']);
  if (own === version) return [];
  const is = own === undefined ? 'package.json has no version' : `This is version ${own}`;
  const message = `${is}, and the manifest is version ${version}.`;
  return [error('version-mismatch', json.at(['version']), { message, hint: 'Write the same version into both.' })];
}

function newestEntry(project: Project, version: string): Problem[] {
  const text = project.read(changelog);
  if (text === undefined) {
    const hint = `Write one with a heading for each version: ## ${version}. The marketplace shows it.`;
    return [error('changelog-missing', startOf(changelog), { message: 'There is no change log.', hint })];
  }
  const headings = text.split('\n').flatMap((line, index) => {
    const name = /^## (\S+)/.exec(line)?.[1];
    return name === undefined || /^\[?unreleased\]?$/i.test(name) ? [] : [{ name, line: index + 1 }];
  });
  const [newest = { name: 'none', line: 1 }] = headings;
  if (newest.name === version) return [];
  const message = `The newest entry is of version ${newest.name}, and the manifest is version ${version}.`;
  const hint = `Say under ## ${version}, written like this, what has changed: the notes of the release are looked up by it.`;
  return [error('version-mismatch', { file: changelog, line: newest.line, column: 1 }, { message, hint })];
}
