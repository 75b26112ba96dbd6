import { canonicalEvent, guardEvent } from 'kiket-express/manifest';
import { error, startOf, warning, type Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { checkShape, readSchema } from '../shape.ts';
import { asList, asMap, asText } from '../values.ts';
import { splitPlace } from './handlers.ts';

const usualPlace = '.kiket/manifest.yaml';
const schema = readSchema('manifest');

/** The manifest is where Kiket looks, has a form that Kiket reads, and has what its lint and marketplace require. */
export function* manifestRules(project: Project): Iterable<Problem> {
  const { manifestFile: file } = project;
  if (file === undefined) {
    const message = "The manifest is missing, so Kiket doesn't find an extension here.";
    yield error('manifest-missing', startOf(usualPlace), message, `Add ${usualPlace}.`);
    return;
  }
  if (file !== usualPlace) {
    const message = "Kiket's own lint and its marketplace don't look for a manifest here.";
    yield warning('manifest-place', startOf(file), message, `Move it to ${usualPlace}.`);
  }
  const yaml = project.yaml(file);
  const manifest = project.manifest();
  if (yaml?.value === undefined) return;
  if (manifest === undefined || asMap(yaml.value)['extension'] === undefined) {
    const message = "There is nothing under `extension:`, so Kiket's own lint finds no extension here.";
    const hint = 'Write `extension:` and indent the rest below it; only `model_version` stays outside.';
    yield error('manifest-form', yaml.at(['extension']), message, hint);
    return;
  }
  const wrong = checkShape('manifest-shape', manifest, schema);
  yield* wrong;
  if ([...manifest.problems, ...wrong].every(({ severity }) => severity !== 'error')) yield* refusals(manifest);
  yield* silences(manifest);
  yield* delivery(project, manifest);
  yield* guards(manifest);
}

/** Other problems that keep the server from starting. */
function refusals({ refused }: ManifestFile): Problem[] {
  return refused.map((problem) => {
    const { place, text } = splitPlace(problem);
    return error('manifest-refused', place, `The server doesn't start with this: ${text}`, 'Fix it here.');
  });
}

/** Keys that Kiket doesn't need, but its lint or marketplace expects. */
function* silences({ file, value, extension, placeOf }: ManifestFile): Iterable<Problem> {
  if (asMap(value)['model_version'] === undefined) {
    const hint = "Write model_version: '1.0' as the first line.";
    yield warning('model-version', startOf(file), 'model_version is missing.', hint);
  }
  const hints = { description: 'Say in one sentence what it does; the marketplace shows it.', sdk: 'Write sdk: node.' };
  for (const [key, hint] of Object.entries(hints)) {
    if (extension[key] === undefined) yield warning(key, placeOf(key), `The extension has no ${key}.`, hint);
  }
}

/** Kiket can reach the extension, and signs what it delivers. */
function* delivery({ read }: Project, { extension, placeOf }: ManifestFile): Iterable<Problem> {
  if (extension['delivery'] !== 'http') return;
  const { url, secret } = asMap(extension['callback']);
  if (url === undefined) {
    const message = 'Delivery is http, and callback.url is missing. Managed hosting needs it, too.';
    const hint = 'Write callback: with url: ${EXTENSION_BASE_URL}; Kiket or your deployment fills it in.';
    yield error('callback-url', placeOf('callback', 'url'), message, hint);
  }
  const place = placeOf('callback', 'secret');
  if (secret === undefined) {
    const message = 'callback.secret is missing, so nothing says which secret signs the deliveries.';
    yield warning('callback-secret', place, message, 'Write secret: env.KIKET_WEBHOOK_SECRET.');
  }
  const variable = /^env[.:](\w+)$/.exec(asText(secret) ?? '')?.[1];
  const example = read('.env.example');
  if (variable === undefined || example === undefined) return;
  if (new RegExp(`^#? *(?:export +)?${variable}=`, 'm').test(example)) return;
  const message = `The webhook secret is in the variable ${variable}, which .env.example doesn't have.`;
  yield error('callback-secret', place, message, `Add ${variable}= to .env.example.`);
}

/** A guard that Kiket doesn't wait for has no effect. */
function* guards({ extension, placeOf }: ManifestFile): Iterable<Problem> {
  for (const [index, hook] of asList(extension['hooks']).entries()) {
    const { event, required } = typeof hook === 'string' ? { event: hook, required: false } : asMap(hook);
    if (canonicalEvent(String(event), new Map()) !== guardEvent) continue;
    if (required !== true) {
      const message = "Kiket doesn't wait for the answer of this guard, so a deny stops nothing.";
      const place = placeOf('hooks', index, 'required');
      yield error('guard-not-required', place, message, 'Write the hook with required: true.');
    }
    if (asMap(extension['callback'])['required'] === true) continue;
    const message = "callback.required isn't true, and Kiket doesn't say whether the hook's own `required` is enough.";
    const place = placeOf('callback', 'required');
    yield warning('guard-not-required', place, message, 'Write required: true into callback as well.');
  }
}
