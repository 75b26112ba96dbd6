import { isDeepStrictEqual } from 'node:util';
import { error, startOf, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { manifestFileSchema } from '../shapes/manifest.ts';
import { manifestJsonSchema, schemaFile } from '../shapes/jsonSchema.ts';
import { asMap, asText } from '../values.ts';
import type { YamlFile } from '../yamlFile.ts';
import { checkShape } from './shapes.ts';

const usualPlace = '.kiket/manifest.yaml';

/** The manifest is where Kiket looks, has the form that Kiket reads, and says what its CLI and its marketplace want. */
export function manifestRules(project: Project): Problem[] {
  const { manifestFile } = project;
  if (manifestFile === undefined) {
    const message = 'There is no manifest. Without it this is no extension of Kiket.';
    return [error('manifest-missing', startOf(usualPlace), { message, hint: `Put one at ${usualPlace}.` })];
  }
  const found = [...placeRules(manifestFile), ...schemaRules(project, manifestFile)];
  const manifest = project.manifest();
  const yaml = project.yaml(manifestFile);
  if (yaml?.value === undefined) return found;
  if (manifest === undefined || manifest.prefix.length === 0) return [...found, formless(yaml)];
  return [...found, ...checkShape('manifest-shape', manifest, manifestFileSchema), ...header(manifest)];
}

function placeRules(file: string): Problem[] {
  if (file === usualPlace) return [];
  const message = 'The kiket CLI and the marketplace do not look for a manifest here.';
  return [warning('manifest-place', startOf(file), { message, hint: `Move it to ${usualPlace}.` })];
}

function formless(yaml: YamlFile): Problem {
  const message = 'There is nothing under `extension:` in this manifest, so the kiket CLI finds nothing in it.';
  const hint = 'Write `extension:` above and indent the rest below it; only `model_version` stays outside.';
  return error('manifest-form', yaml.at(['extension']), { message, hint });
}

function header(manifest: ManifestFile): Problem[] {
  const { extension, prefix, value } = manifest;
  const found = identity(manifest);
  if (!Object.hasOwn(asMap(value), 'model_version')) {
    const hint = "Write model_version: '1.0' as the first line.";
    found.push(warning('model-version', startOf(manifest.file), { message: 'model_version is missing.', hint }));
  }
  if (asText(extension['description']) === undefined) {
    const hint = 'Say in one sentence what it does; the marketplace shows it.';
    const place = manifest.at([...prefix, 'description']);
    found.push(warning('description', place, { message: 'The extension has no description.', hint }));
  }
  if (!Object.hasOwn(extension, 'sdk')) {
    const place = manifest.at([...prefix, 'sdk']);
    found.push(warning('sdk', place, { message: 'The extension has no sdk.', hint: 'Write sdk: node.' }));
  }
  return found;
}

function identity({ extension, prefix, at }: ManifestFile): Problem[] {
  const [id, version] = [asText(extension['id']), asText(extension['version'])];
  const found: Problem[] = [];
  const hint = 'Use a reversed domain, such as com.example.my-extension.';
  if (id !== undefined && !/^[a-z][a-z0-9.-]+$/.test(id)) {
    const message = `The id "${id}" is not made of lower-case letters, digits, dots and hyphens.`;
    found.push(warning('id-characters', at([...prefix, 'id']), { message, hint }));
  }
  if (id !== undefined && !/^[^.]+(?:\.[^.]+)+$/.test(id)) {
    const message = `The id "${id}" is not dotted, so the marketplace refuses it.`;
    found.push(error('id-dotted', at([...prefix, 'id']), { message, hint }));
  }
  if (version !== undefined && !/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version)) {
    const message = `The version "${version}" is not X.Y.Z, so the marketplace refuses it.`;
    const form = 'Write three numbers, such as 1.0.0 or 1.0.0-beta.1.';
    found.push(error('version-form', at([...prefix, 'version']), { message, hint: form }));
  }
  return found;
}

/** The JSON Schema that editors use is the one that is checked here. */
function schemaRules(project: Project, file: string): Problem[] {
  const schema = project.read(schemaFile);
  const hint = 'Run npm run lint -- --fix.';
  if (schema !== undefined && !isFresh(schema)) {
    const message = 'This is not the schema that the manifest is checked with.';
    return [error('manifest-schema-stale', startOf(schemaFile), { message, hint })];
  }
  const isNamed = /yaml-language-server: \$schema=\.\/manifest\.schema\.json/.test(project.read(file) ?? '');
  if (schema === undefined && isNamed) {
    const message = `The schema that this file names for editors, ${schemaFile}, is missing.`;
    return [error('manifest-schema-missing', startOf(file), { message, hint })];
  }
  if (schema === undefined || isNamed) return [];
  const message = `Editors are not told of ${schemaFile}.`;
  const line = 'Write # yaml-language-server: $schema=./manifest.schema.json as the first line.';
  return [warning('manifest-schema-unnamed', startOf(file), { message, hint: line })];
}

/** However it is formatted. */
function isFresh(schema: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(schema), manifestJsonSchema);
  } catch {
    return false;
  }
}
