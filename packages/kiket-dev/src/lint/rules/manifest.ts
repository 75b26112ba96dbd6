import { canonicalEvent, guardEvent } from 'kiket-express/manifest';
import { error, startOf, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { isManifestSchema, schemaFile, schemaSource } from '../shapes/jsonSchema.ts';
import { manifestFileSchema } from '../shapes/manifest.ts';
import { asList, asMap, asText } from '../values.ts';
import type { Path, YamlFile } from '../yamlFile.ts';
import { checkShape } from './shapes.ts';

const usualPlace = '.kiket/manifest.yaml';

/** The manifest is where Kiket looks, has the form that Kiket reads, and says what its lint and its marketplace want. */
export function* manifestRules(project: Project): Iterable<Problem> {
  const { manifestFile: file } = project;
  if (file === undefined) {
    const message = 'The manifest is missing, so Kiket finds no extension here.';
    yield error('manifest-missing', startOf(usualPlace), { message, hint: `Add ${usualPlace}.` });
    return;
  }
  if (file !== usualPlace) {
    const message = "Kiket's own lint and its marketplace don't look for a manifest here.";
    yield warning('manifest-place', startOf(file), { message, hint: `Move it to ${usualPlace}.` });
  }
  yield* staleSchema(project);
  const yaml = project.yaml(file);
  const manifest = project.manifest();
  if (yaml?.value === undefined) return;
  if (manifest === undefined || !Object.hasOwn(asMap(manifest.value), 'extension')) {
    const message = "There is nothing under `extension:`, so Kiket's own lint finds no extension here.";
    const hint = 'Write `extension:` and indent the rest below it; only `model_version` stays outside.';
    yield error('manifest-form', yaml.at(['extension']), { message, hint });
    return;
  }
  yield* checkShape('manifest-shape', inOnePlace(manifest), manifestFileSchema);
  for (const key of manifest.twice) {
    const message = `${key} says one thing under extension and another beside it.`;
    yield error('manifest-twice', manifest.keyAt([key]), { message, hint: 'Keep one of them.' });
  }
  yield* header(manifest);
  yield* delivery(project, manifest);
  yield* guards(manifest);
}

/** The manifest as if what stands beside `extension:` stood under it. */
function inOnePlace(manifest: ManifestFile): YamlFile {
  const { value, extension, at, keyAt, placeOf, keyPlaceOf } = manifest;
  const isInside = ([first]: Path) => first === 'extension';
  return {
    ...manifest,
    value: { ...asMap(value), extension },
    at: (path) => (isInside(path) ? placeOf(...path.slice(1)) : at(path)),
    keyAt: (path) => (isInside(path) ? keyPlaceOf(...path.slice(1)) : keyAt(path)),
  };
}

function* header({ file, extension, placeOf, value }: ManifestFile): Iterable<Problem> {
  const [id, version] = [asText(extension['id']), asText(extension['version'])];
  const idHint = 'Use a reversed domain, such as com.example.my-extension.';
  if (id !== undefined && !/^[a-z][a-z0-9.-]+$/.test(id)) {
    const message = `The id "${id}" has more than lower-case letters, digits, dots and hyphens.`;
    yield warning('id-characters', placeOf('id'), { message, hint: idHint });
  }
  if (id !== undefined && !/^[^.]+(?:\.[^.]+)+$/.test(id)) {
    const message = `The id "${id}" has no dot, so the marketplace refuses it.`;
    yield error('id-dotted', placeOf('id'), { message, hint: idHint });
  }
  if (version !== undefined && !/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version)) {
    const message = `The version "${version}" is not X.Y.Z, so the marketplace refuses it.`;
    yield error('version-form', placeOf('version'), { message, hint: 'Write 1.0.0 or 1.0.0-beta.1.' });
  }
  if (!Object.hasOwn(asMap(value), 'model_version')) {
    const hint = "Write model_version: '1.0' as the first line.";
    yield warning('model-version', startOf(file), { message: 'model_version is missing.', hint });
  }
  if (asText(extension['description']) === undefined) {
    const hint = 'Say in one sentence what it does; the marketplace shows it.';
    yield warning('description', placeOf('description'), { message: 'The extension has no description.', hint });
  }
  if (!Object.hasOwn(extension, 'sdk'))
    yield warning('sdk', placeOf('sdk'), { message: 'The extension has no sdk.', hint: 'Write sdk: node.' });
}

/** Kiket can reach the extension, and signs what it delivers. */
function* delivery({ read }: Project, { extension, placeOf }: ManifestFile): Iterable<Problem> {
  if (extension['delivery'] !== 'http') return;
  const url = 'url: ${EXTENSION_BASE_URL}';
  const callback = asMap(extension['callback']);
  if (!Object.hasOwn(callback, 'url')) {
    const message = 'Delivery is http, and callback.url is missing. Managed hosting needs it, too.';
    const hint = `Write callback: with ${url}; Kiket or your deployment fills it in.`;
    yield error('callback-url', placeOf('callback', 'url'), { message, hint });
  }
  const variable = /^env[.:](\w+)$/.exec(asText(callback['secret']) ?? '')?.[1];
  const example = read('.env.example');
  if (!Object.hasOwn(callback, 'secret')) {
    const message = 'callback.secret is missing, so nothing says which secret signs the deliveries.';
    const hint = 'Write secret: env.KIKET_WEBHOOK_SECRET.';
    yield warning('callback-secret', placeOf('callback', 'secret'), { message, hint });
  }
  if (variable === undefined || example === undefined) return;
  if (new RegExp(`^#? *(?:export +)?${variable}=`, 'm').test(example)) return;
  const message = `The webhook secret is in the variable ${variable}, which .env.example does not have.`;
  yield error('callback-secret', placeOf('callback', 'secret'), { message, hint: `Add ${variable}= to .env.example.` });
}

/** A guard that nobody waits for guards nothing. */
function* guards({ extension, placeOf }: ManifestFile): Iterable<Problem> {
  for (const [index, hook] of asList(extension['hooks']).entries()) {
    const { event, required } = typeof hook === 'string' ? { event: hook, required: false } : asMap(hook);
    if (canonicalEvent(String(event), new Map()) !== guardEvent) continue;
    if (required !== true) {
      const message = "Kiket doesn't wait for the answer of this guard, so a deny stops nothing.";
      const place = placeOf('hooks', index, 'required');
      yield error('guard-not-required', place, { message, hint: 'Write the hook with required: true.' });
    }
    if (asMap(extension['callback'])['required'] === true) continue;
    const message = "callback.required is not true, and Kiket doesn't say whether the hook's own `required` is enough.";
    const hint = 'Write required: true into callback as well.';
    yield warning('guard-not-required', placeOf('callback', 'required'), { message, hint });
  }
}

/** The JSON Schema that editors use is the one that is checked here, where both are made. */
function* staleSchema({ files, read }: Project): Iterable<Problem> {
  if (!files.includes(schemaSource) || isManifestSchema(read(schemaFile) ?? '')) return;
  const message = 'This is not the schema that lint checks the manifest with.';
  yield error('manifest-schema', startOf(schemaFile), { message, hint: 'Run npm run lint -- --fix.' });
}
