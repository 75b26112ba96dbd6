import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, parseDocument, type Document, type YAMLMap } from 'yaml';

/** How Kiket hosts an extension. */
export interface Hosting {
  tier: string;
  /** The hosts that it can call. */
  egress: readonly string[];
}

/** The manifest can't be rewritten. The message says why. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** Reads how Kiket hosts the extension from its manifest; `undefined` if it says nothing or `internal`. */
export function readHosting(text: string): Hosting | undefined {
  const document = parse(text);
  extensionOf(document);
  const value = findHosting(document.toJS())?.value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { tier, egress } = value as { tier?: unknown; egress?: unknown };
  return { tier: String(tier), egress: Array.isArray(egress) ? egress.map(String) : [] };
}

/** Kiket's own extensions have `hosting` under `extension:`, the platform's guide shows it without a parent. */
export function findHosting(manifest: unknown): { path: readonly string[]; value: unknown } | undefined {
  const paths = [['extension', hostingKey], [hostingKey]];
  return paths.map((path) => ({ path, value: valueAt(manifest, path) })).find(({ value }) => value !== undefined);
}

/**
 * Rewrites a manifest for managed hosting, or without `hosting` for self-hosting. Everything else keeps its bytes:
 * comments, order and quotes.
 *
 * @throws ManifestError if the text isn't a manifest with one key per line
 */
export function writeHosting(text: string, hosting: Hosting | undefined): string {
  const without = removeHosting(text);
  const written = hosting === undefined ? without : insertHosting(without, hosting);
  if (isDeepStrictEqual(restOf(written), restOf(text))) return written;
  throw new ManifestError(notByLine);
}

const hostingKey = 'hosting';
const notByLine = "The manifest doesn't have one key per line, so it can't be changed safely. Edit hosting by hand.";

function parse(text: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new ManifestError(`The manifest isn't valid YAML: ${error.message}`);
  return document;
}

function extensionOf(document: Document): YAMLMap {
  const extension: unknown = document.get('extension');
  if (isMap(extension) && extension.flow) throw new ManifestError(notByLine);
  if (isMap(extension)) return extension;
  throw new ManifestError("The manifest has no extension: key. Put the extension's keys under it.");
}

function valueAt(manifest: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    manifest,
  );
}

/** The offset of the first `hosting`, in characters. */
function hostingStart(document: Document): number | undefined {
  const top: unknown = document.contents;
  const starts = [extensionOf(document), top].filter(isMap).map((map) => startOf(map, hostingKey));
  return starts.find((start) => start !== undefined);
}

function startOf(map: YAMLMap, key: string): number | undefined {
  const node = map.items.map((pair) => pair.key).find((each) => isScalar(each) && each.value === key);
  return isScalar(node) ? node.range?.[0] : undefined;
}

/** Removes the line of `hosting` and those indented under it. */
function removeHosting(text: string): string {
  const start = hostingStart(parse(text));
  if (start === undefined) return text;
  const from = text.lastIndexOf('\n', start) + 1;
  const deeper = new RegExp(`^.*(?:\r?\n(?:[ \t]*\r?\n)*[ ]{${start - from + 1},}\\S.*)*\r?\n?`);
  return removeHosting(text.slice(0, from) + text.slice(from).replace(deeper, ''));
}

/** Puts `hosting` under `sdk`, which managed builds use. */
function insertHosting(text: string, { tier, egress }: Hosting): string {
  const document = parse(text);
  const extension = extensionOf(document);
  const start = startOf(extension, 'sdk');
  if (start === undefined || extension.get('sdk') !== 'node') {
    throw new ManifestError("Managed hosting requires the SDK's name. Add sdk: node under extension:.");
  }
  const column = start - text.lastIndexOf('\n', start) - 1;
  const hosts = egress.length === 0 ? ['  egress: []'] : ['  egress:', ...egress.map((host) => `    - ${host}`)];
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = [`${hostingKey}:`, `  tier: ${tier}`, ...hosts].map((line) => ' '.repeat(column) + line + end);
  const next = text.indexOf('\n', start) + 1;
  if (next === 0) return insertHosting(text + end, { tier, egress });
  return text.slice(0, next) + lines.join('') + text.slice(next);
}

/** Everything in a manifest besides hosting. */
function restOf(text: string): unknown {
  const { hosting: _top, extension, ...rest } = parse(text).toJS() as Record<string, Record<string, unknown>>;
  return [rest, { ...extension, [hostingKey]: undefined }];
}
