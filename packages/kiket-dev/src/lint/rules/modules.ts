import { error, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { moduleSchema } from '../shapes/module.ts';
import { asList, asMap, asText } from '../values.ts';
import { writesRows } from './permissions.ts';
import { checkShape } from './shapes.ts';

/** The tables of custom data are sound, and the manifest says what the extension does with them. */
export function* moduleRules(project: Project): Iterable<Problem> {
  const schemas = project.files
    .filter((file) => /^\.kiket\/modules\/[^/]+\/schema\.ya?ml$/.test(file))
    .flatMap((file) => project.yaml(file) ?? []);
  for (const yaml of schemas) yield* checkShape('module-shape', yaml, moduleSchema);
  const manifest = project.manifest();
  if (manifest === undefined || schemas.some(({ value }) => value === undefined)) return;
  const granted = asList(asMap(manifest.extension['custom_data'])['permissions']).map((each) =>
    asText(asMap(each)['module']),
  );
  const names = schemas.map(({ value }) => asText(asMap(value)['module']));
  // What the code writes would be refused.
  const tell = writesRows(project) ? error : warning;
  for (const [index, yaml] of schemas.entries()) {
    const name = names[index];
    if (name === undefined) continue;
    if (names.indexOf(name) < index) {
      const message = `Another module is called ${name}, too.`;
      yield error('module-twice', yaml.at(['module']), { message, hint: `Rename it, here and in ${manifest.file}.` });
    }
    if (granted.includes(name)) continue;
    const message = "custom_data.permissions in the manifest don't name this module, so the extension may not use it.";
    const hint = `Add { module: ${name}, operations: [read, write] } there.`;
    yield tell('module-not-granted', yaml.at(['module']), { message, hint });
  }
  const id = asText(manifest.extension['id']);
  for (const [index, name] of granted.entries()) {
    if (name === undefined || names.includes(name) || id === undefined || !name.startsWith(`${id}.`)) continue;
    const place = manifest.placeOf('custom_data', 'permissions', index, 'module');
    const hint = `Write .kiket/modules/<folder>/schema.yml with module: ${name}, or correct the name.`;
    yield error('module-missing', place, { message: `No file declares the module ${name}.`, hint });
  }
}
