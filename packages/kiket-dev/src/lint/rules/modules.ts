import { error, type Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { checkShape, readSchema } from '../shape.ts';
import { asList, asMap, asText } from '../values.ts';

const schema = readSchema('module');

/** The tables of custom data are valid, and the manifest says what the extension does with them. */
export function* moduleRules(project: Project): Iterable<Problem> {
  const schemas = project.files
    .filter((file) => /^\.kiket\/modules\/[^/]+\/schema\.ya?ml$/.test(file))
    .flatMap((file) => project.yaml(file) ?? []);
  for (const yaml of schemas) yield* checkShape('module-shape', yaml, schema);
  const manifest = project.manifest();
  if (manifest === undefined || schemas.some(({ value }) => value === undefined)) return;
  const grants = asList(asMap(manifest.extension['custom_data'])['permissions']);
  const granted = grants.map((each) => asText(asMap(each)['module']));
  const names = schemas.map(({ value }) => asText(asMap(value)['module']));
  for (const [index, yaml] of schemas.entries()) {
    const name = names[index];
    if (name === undefined || granted.includes(name)) continue;
    const message = "custom_data.permissions in the manifest don't name this module, so the extension may not use it.";
    const hint = `Add { module: ${name}, operations: [read, write] } there.`;
    yield error('module-not-granted', yaml.at(['module']), message, hint);
  }
  const own = `${String(manifest.extension['id'])}.`;
  for (const [index, name] of granted.entries()) {
    if (name === undefined || names.includes(name) || !name.startsWith(own)) continue;
    const place = manifest.placeOf('custom_data', 'permissions', index, 'module');
    const hint = `Write .kiket/modules/<folder>/schema.yml with module: ${name}, or correct the name.`;
    yield error('module-missing', place, `No file declares the module ${name}.`, hint);
  }
}
