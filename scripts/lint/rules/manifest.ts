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
  const found = [...place(manifestFile), ...schemaRules(project, manifestFile)];
  const manifest = project.manifest();
  const yaml = project.yaml(manifestFile);
  if (yaml?.value === undefined) return found;
  if (manifest === undefined || manifest.prefix.length === 0) return [...found, formless(yaml)];
  return [...found, ...checkShape('manifest-shape', manifest, manifestFileSchema), ...header(manifest)];
}

function place(file: string): Problem[] {
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
  const at = (key: string) => manifest.at([...prefix, key]);
  const [id, version] = [asText(extension['id']), asText(extension['version'])];
  const isDotted = id === undefined || /^[^.]+(?:\.[^.]+)+$/.test(id);
  return [
    Object.hasOwn(asMap(value), 'model_version')
      ? []
      : warning('model-version', startOf(manifest.file), {
          message: 'model_version is missing.',
          hint: "Write model_version: '1.0' as the first line.",
        }),
    id === undefined || /^[a-z][a-z0-9.-]+$/.test(id)
      ? []
      : warning('id-characters', at('id'), {
          message: `The id "${id}" is not made of lower-case letters, digits, dots and hyphens.`,
          hint: 'Use a reversed domain, such as com.example.my-extension.',
        }),
    isDotted
      ? []
      : error('id-dotted', at('id'), {
          message: `The id "${id}" has no dot, so the marketplace refuses it.`,
          hint: 'Use a reversed domain, such as com.example.my-extension.',
        }),
    version === undefined || /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version)
      ? []
      : error('version-form', at('version'), {
          message: `The version "${version}" is not X.Y.Z, so the marketplace refuses it.`,
          hint: 'Write three numbers, such as 1.0.0 or 1.0.0-beta.1.',
        }),
    asText(extension['description']) !== undefined
      ? []
      : warning('description', at('description'), {
          message: 'The extension has no description.',
          hint: 'Say in one sentence what it does; the marketplace shows it.',
        }),
    Object.hasOwn(extension, 'sdk')
      ? []
      : warning('sdk', at('sdk'), { message: 'The extension has no sdk.', hint: 'Write sdk: node.' }),
  ].flat();
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
