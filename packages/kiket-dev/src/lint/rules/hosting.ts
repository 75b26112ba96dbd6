import { isDeepStrictEqual } from 'node:util';
import { isAddress } from '../../hosting/egress.ts';
import { findHosting } from '../../hosting/manifest.ts';
import { error, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asMap, asTexts } from '../values.ts';
import type { Path } from '../yamlFile.ts';
import { dependencyRules } from './dependencies.ts';
import { dockerfileRules } from './dockerfile.ts';
import { lockFileRules } from './lockFile.ts';
import { managedBuildRules } from './managedBuild.ts';
import { namedHosts } from './namedHosts.ts';

/**
 * The extension can be built and run in both modes, whichever the manifest has now: a container by its Dockerfile, and by
 * Kiket. What Kiket alone lacks is a warning until the manifest says that Kiket hosts it. Only then is there a firewall
 * that has to let out what the settings name.
 */
export function hostingRules(project: Project): Problem[] {
  const manifest = project.manifest();
  if (manifest === undefined) return [];
  const hosting = findHosting(manifest.value);
  // Text is Kiket's own `internal`; without any of it the extension is hosted elsewhere.
  const isManaged = hosting !== undefined && typeof hosting.value === 'object';
  const tell = isManaged ? error : warning;
  const managed = isManaged ? { ...hosting, fields: asMap(hosting.value) } : undefined;
  return [
    ...saidTwice(manifest),
    ...(managed === undefined ? [] : [...setUp(project, manifest, managed), ...egress(project, manifest, managed)]),
    ...lockFileRules(project, tell),
    ...managedBuildRules(project, tell),
    ...dependencyRules(project),
    ...dockerfileRules(project),
  ];
}

/** In two places, of which `npm run hosting` and the rules here take the one under `extension`. */
function saidTwice({ value, prefix, keyAt }: ManifestFile): Problem[] {
  const [outer, inner] = [asMap(value)['hosting'], asMap(asMap(value)['extension'])['hosting']];
  if (prefix.length === 0 || outer === undefined || inner === undefined || isDeepStrictEqual(outer, inner)) return [];
  const message = 'hosting says something else under extension, and it is not known which of them Kiket takes.';
  return [error('hosting-twice', keyAt(['hosting']), { message, hint: 'Keep the one under extension.' })];
}

interface Managed {
  path: Path;
  fields: Readonly<Record<string, unknown>>;
}

function setUp(project: Project, manifest: ManifestFile, { path }: Managed): Problem[] {
  const { extension, prefix } = manifest;
  const found: Problem[] = [];
  if (Object.hasOwn(extension, 'sdk') && extension['sdk'] !== 'node' && project.files.includes('package.json')) {
    const message = `Kiket chooses the build by sdk, and this one is not for ${String(extension['sdk'])}.`;
    found.push(error('hosting-sdk', manifest.at([...prefix, 'sdk']), { message, hint: 'Write sdk: node.' }));
  }
  if (!Object.hasOwn(extension, 'sdk')) {
    const message = 'Managed hosting chooses the build by sdk, and there is none.';
    found.push(error('hosting-sdk', manifest.keyAt(path), { message, hint: 'Write sdk: node.' }));
  }
  const url = asMap(extension['callback'])['url'];
  if (typeof url === 'string' && !url.startsWith('${')) {
    const message = 'Kiket runs the extension and knows its address; this one leads elsewhere.';
    const place = manifest.at([...prefix, 'callback', 'url']);
    found.push(warning('hosting-callback', place, { message, hint: 'Write url: ${EXTENSION_BASE_URL}.' }));
  }
  return found;
}

function egress(project: Project, manifest: ManifestFile, { path, fields }: Managed): Problem[] {
  const allowed = new Set(asTexts(fields['egress']).map((host) => host.toLowerCase()));
  const { line } = manifest.at([...path, 'egress']);
  return namedHosts(project, manifest)
    .filter(({ host }) => !allowed.has(host))
    .map(({ host, place, named }) => {
      const message = `${named} names ${host}, which egress does not let out: calls there would fail.`;
      const hint = isAddress(host)
        ? 'Egress takes names only: give the machine a name, and write that here and there.'
        : `Add ${host} to egress (line ${line} of the manifest).`;
      return error('egress-lacks', place, { message, hint });
    });
}
