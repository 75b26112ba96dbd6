import { error, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { moduleSchema } from '../shapes/module.ts';
import { asList, asMap, asText } from '../values.ts';
import type { YamlFile } from '../yamlFile.ts';
import { writesRows } from './permissions.ts';
import { checkTables } from './moduleTables.ts';
import { checkShape } from './shapes.ts';

/** The tables of custom data are sound, and the manifest says what the extension does with them. */
export function moduleRules(project: Project): Problem[] {
  const schemas = project.files
    .filter((file) => /^\.kiket\/modules\/[^/]+\/schema\.ya?ml$/.test(file))
    .map(project.yaml)
    .filter((yaml) => yaml !== undefined);
  const own = schemas.flatMap((yaml) => [...checkShape('module-shape', yaml, moduleSchema), ...checkTables(yaml)]);
  const manifest = project.manifest();
  if (manifest === undefined || schemas.some(({ value }) => value === undefined)) return own;
  return [
    ...own,
    ...compare(manifest, schemas, writesRows(project) ? error : warning),
    ...namedTwice(manifest, schemas),
  ];
}

/**
 * `custom_data.permissions` names the modules, and no other module of this extension.
 *
 * @param tell how grave it is that it does not: what the code writes would be refused
 */
function compare(manifest: ManifestFile, schemas: readonly YamlFile[], tell: typeof warning): Problem[] {
  const { extension, prefix } = manifest;
  const granted = asList(asMap(extension['custom_data'])['permissions']).map((each) => asText(asMap(each)['module']));
  const modules = schemas.map((yaml) => ({ yaml, name: asText(asMap(yaml.value)['module']) }));
  const names = modules.map(({ name }) => name);
  const ungranted = modules
    .filter(({ name }) => name !== undefined && !granted.includes(name))
    .map(({ yaml, name }) => {
      const message = `The manifest's custom_data.permissions do not name this module, so the extension may not use it.`;
      const hint = `Add { module: ${String(name)}, operations: [read, write] } there.`;
      return tell('module-not-granted', yaml.at(['module']), { message, hint });
    });
  const id = asText(extension['id']);
  const missing = granted.flatMap((name, index) => {
    if (name === undefined || names.includes(name) || id === undefined || !name.startsWith(`${id}.`)) return [];
    const message = `No file declares the module ${name}.`;
    const hint = `Write .kiket/modules/<folder>/schema.yml with module: ${name}, or mend the name.`;
    return [
      error('module-missing', manifest.at([...prefix, 'custom_data', 'permissions', index, 'module']), {
        message,
        hint,
      }),
    ];
  });
  return [...ungranted, ...missing];
}

/** A module's name is one module's. */
function namedTwice({ file }: ManifestFile, schemas: readonly YamlFile[]): Problem[] {
  const names = schemas.map(({ value }) => asText(asMap(value)['module']));
  return schemas.flatMap((yaml, index) => {
    const name = names[index];
    if (name === undefined || names.indexOf(name) === index) return [];
    const message = `Another module is called ${name} already.`;
    return [
      error('module-twice', yaml.at(['module']), { message, hint: `Give it a name of its own, here and in ${file}.` }),
    ];
  });
}
