import { hash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document, type Scalar } from 'yaml';
import type * as z from 'zod';
import { SetupError } from '../errors.ts';
import { canonicalEvent } from '../envelope/events.ts';
import { manifestSchema } from './manifestSchema.ts';
import type { ConfigurationField } from './settings.ts';
import { readTextFile } from './textFile.ts';

/** Something in the manifest that needs a handler. `at` is `file:line:column`. */
export interface Named {
  name: string;
  at: string;
}

/** The parts of the manifest that the runtime needs. */
export interface Manifest {
  id: string;
  version: string;
  /** `v1`, `v2`, … */
  apiVersion: string;
  /** The environment variable that holds the webhook secret. */
  secretVariable: string;
  /** How long Kiket waits for an answer by default: `callback.timeout`. */
  timeoutMs: number | undefined;
  /** By canonical event name; `timeoutMs` is how long Kiket waits for an answer. */
  hooks: readonly (Named & { timeoutMs: number | undefined })[];
  /** By action key: the actions, commands, workflow steps, and the action of the setup wizard's test. */
  actions: readonly Named[];
  /** Event of a command or step → key of its action: `guardian.approve_transition` → `approve_transition`. */
  commandEvents: ReadonlyMap<string, string>;
  /** Events of the setup wizard's tests. Only Kiket fills them in. */
  setupEvents: ReadonlySet<string>;
  configuration: Readonly<Record<string, ConfigurationField>>;
}

/**
 * Where Kiket and its tools look for a manifest, from the root of the project, in this order.
 *
 * @param keys folders in `.kiket/extensions/`
 */
export function manifestPlaces(keys: readonly string[]): string[] {
  return [
    '.kiket/manifest.yaml',
    ...keys.toSorted().map((key) => `.kiket/extensions/${key}/manifest.yaml`),
    'extension.yaml',
  ];
}

/** The path of the project's manifest. Throws a {@link SetupError} if there is none. */
export function findManifest(root: string): string {
  const extensions = join(root, '.kiket', 'extensions');
  const candidates = manifestPlaces(existsSync(extensions) ? readdirSync(extensions) : []);
  const found = candidates
    .map((path) => join(root, path))
    .find(
      // A broken link is not skipped in favour of another manifest.
      (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined,
    );
  if (found !== undefined) return found;
  throw new SetupError([
    `No manifest found in ${root}. Create one at .kiket/manifest.yaml (or .kiket/extensions/<key>/manifest.yaml, or extension.yaml).`,
  ]);
}

/** Reads the project's manifest. Throws a {@link SetupError} with `file:line:column` for every problem. */
export function loadManifest(root: string): Manifest {
  const path = findManifest(root);
  return parseManifest(readManifest(root, path), relative(root, path));
}

/** The text of the manifest that {@link findManifest} found. Throws a {@link SetupError} if it can't be read. */
export function readManifest(root: string, path: string): string {
  return readTextFile(path, relative(root, path)) ?? '';
}

/** The manifest from build time, because parsing YAML takes a third of the startup. `undefined` outside a build. */
declare const builtManifest: { sha256: string; json: string } | undefined;

/** Parses manifest text: Kiket's nested form under `extension:`, or the flat form of the SDKs. */
export function parseManifest(text: string, file: string): Manifest {
  const isBuilt = typeof builtManifest !== 'undefined' && builtManifest.sha256 === hash('sha256', text);
  let opened: YamlFile | undefined;
  const open = () => (opened ??= openYaml(text, file));
  const whole: unknown = isBuilt ? JSON.parse(builtManifest.json) : open().value;

  const { value, pathOf, twice } = readExtensionPart(whole);
  const locate = (path: readonly PropertyKey[]) => open().locate(pathOf(path));
  if (twice.length > 0) {
    throw new SetupError(
      twice.map((key) => `${locate([key])} ${key}: set both inside and beside extension:. Keep one of them.`),
    );
  }
  // Compiled checks pay off where they run often.
  const parsed = manifestSchema.safeParse(value, { jitless: true });
  if (!parsed.success) {
    throw new SetupError(
      parsed.error.issues.map(
        (issue) => `${locate(issue.path)} ${issue.path.join('.') || 'manifest'}: ${issue.message}`,
      ),
    );
  }
  const { configuration = {}, settings = [] } = parsed.data;
  const again = settings.flatMap(({ key }, index) => {
    const isKnown = Object.hasOwn(configuration, key) || settings.findIndex((other) => other.key === key) < index;
    return isKnown ? [`${locate(['settings', index])} settings.${index}: ${key} is set twice. Keep one of them.`] : [];
  });
  if (again.length > 0) throw new SetupError(again);
  return describe(parsed.data, locate);
}

/** A YAML file as plain values with their positions, `file:line:column`. */
interface YamlFile {
  value: unknown;
  locate: (path: readonly PropertyKey[]) => string;
}

/** Throws a {@link SetupError} with every error in the YAML. */
function openYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const broken = document.errors.map((error) => `${at(error.pos[0])} is not valid YAML: ${error.message}`);
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return;
      broken.push(
        `${at(alias.range?.[0] ?? 0)} is not valid YAML: the anchor &${alias.source} isn't defined before it`,
      );
    },
    Pair: (_key, { key, value }, parents) => {
      const field = parents.at(-1);
      const isText = isMap(field) && field.get('type') !== 'integer' && !field.has('options');
      if (isText && isScalar(key) && key.value === 'default' && isNode(value)) visit(value, { Scalar: keepNumber });
    },
  });
  if (broken.length > 0) throw new SetupError(broken);
  return { value: toPlain(document, file), locate: (path) => at(offsetOf(document, path)) };
}

/** A number that is written in another way than JavaScript's stays text: the status 1.0 isn't 1. */
function keepNumber(_key: unknown, node: Scalar): void {
  if (typeof node.value === 'number' && !(Number.isSafeInteger(node.value) && String(node.value) === node.source))
    node.value = node.source;
}

/** Keys that Kiket's guide and scaffold put beside `extension:`, and published manifests under it. */
const besideExtension: readonly string[] = ['hooks', 'actions', 'permissions', 'hosting', 'setup'];

/** The extension's part of a manifest, and the positions of its keys. */
export interface ExtensionPart {
  /** The content of `extension:` plus the keys allowed beside it, or the whole of a flat manifest. */
  value: unknown;
  /** `['extension', 'hooks', 0]`, or `['hooks', 0]` if the hooks are beside `extension:`. */
  pathOf: (path: readonly PropertyKey[]) => readonly PropertyKey[];
  /** Keys in both places with different values. */
  twice: readonly string[];
}

/** Finds the extension in a manifest of any published form. */
export function readExtensionPart(manifest: unknown): ExtensionPart {
  if (!isPlainMap(manifest) || !Object.hasOwn(manifest, 'extension')) {
    return { value: manifest, pathOf: (path) => path, twice: [] };
  }
  const { extension } = manifest;
  if (!isPlainMap(extension)) return { value: extension, pathOf: (path) => ['extension', ...path], twice: [] };
  const outer = besideExtension.filter((key) => Object.hasOwn(manifest, key));
  const isInside = (key: string) => Object.hasOwn(extension, key);
  const added = outer.filter((key) => !isInside(key));
  return {
    value: { ...extension, ...Object.fromEntries(added.map((key) => [key, manifest[key]])) },
    pathOf: (path) => (added.includes(String(path[0])) ? path : ['extension', ...path]),
    twice: [...outer, 'configuration', 'settings'].filter(
      (key) => Object.hasOwn(manifest, key) && isInside(key) && !isDeepStrictEqual(manifest[key], extension[key]),
    ),
  };
}

function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The document as plain values. Throws a {@link SetupError} if its aliases expand too far. */
function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new SetupError([`${file}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function describe(manifest: z.infer<typeof manifestSchema>, locate: (path: PropertyKey[]) => string): Manifest {
  // Positions are looked up on demand.
  const named = (name: string, ...path: PropertyKey[]): Named => ({
    name,
    get at() {
      return locate(path);
    },
  });
  const hookKey = manifest.hooks === undefined ? 'triggers' : 'hooks';
  const hooks = (manifest.hooks ?? manifest.triggers ?? []).map((hook, index) =>
    Object.assign(named(canonicalEvent(hook.event, new Map()), hookKey, index), { timeoutMs: hook.timeout }),
  );
  const called: { event: string; path: PropertyKey[] }[] = [];
  for (const [index, { handler }] of (manifest.contributes?.commands ?? []).entries()) {
    called.push({ event: handler.event, path: ['contributes', 'commands', index, 'handler', 'event'] });
  }
  for (const [index, { handler }] of (manifest.contributes?.workflow_actions ?? []).entries()) {
    const path = ['contributes', 'workflow_actions', index, 'handler'];
    if (typeof handler === 'string') called.push({ event: handler, path });
    else if (handler !== undefined) called.push({ event: handler.event, path: [...path, 'event'] });
  }
  const setupEvents = new Set<string>();
  for (const [index, { test }] of (manifest.setup ?? []).entries()) {
    if (test?.action === undefined) continue;
    setupEvents.add(test.action);
    called.push({ event: test.action, path: ['setup', index, 'test', 'action'] });
  }
  const actions = (manifest.actions ?? []).map(({ key }, index) => named(key, 'actions', index, 'key'));
  return {
    id: manifest.id,
    version: manifest.version,
    apiVersion: manifest.api_version,
    secretVariable: manifest.callback?.secret?.replace(/^env[.:]/, '') ?? 'KIKET_WEBHOOK_SECRET',
    timeoutMs: manifest.callback?.timeout,
    hooks,
    actions: [...actions, ...called.map(({ event, path }) => named(actionKeyOf(event), ...path))],
    commandEvents: new Map(called.map(({ event }) => [event, actionKeyOf(event)])),
    setupEvents,
    // The flat form has a list of settings.
    configuration:
      manifest.configuration ?? Object.fromEntries((manifest.settings ?? []).map(({ key, ...field }) => [key, field])),
  };
}

/** A command's event ends with the key of its action. */
export function actionKeyOf(event: string): string {
  return event.slice(event.lastIndexOf('.') + 1);
}

/** The position of a value in the text, or of its parent if it's missing. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      return node.range[0];
    }
  }
  return 0;
}
