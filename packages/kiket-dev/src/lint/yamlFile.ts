import { isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';
import { error, type Place, type Problem } from './problem.ts';

/** A path into a document: `['extension', 'hooks', 0, 'event']`. */
export type Path = readonly PropertyKey[];

/** A YAML or JSON file with the places of its values. */
export interface YamlFile {
  file: string;
  document: Document;
  /** The document as plain values; `undefined` if the file can't be read. */
  value: unknown;
  /** Why it can't be read, and duplicate keys. */
  problems: readonly Problem[];
  /** The place of a value: of a map or list its key, of a missing value its parent's key. */
  at: (path: Path) => Place;
  keyAt: (path: Path) => Place;
  /** The place of a node in the document. */
  nodeAt: (node: Node) => Place;
}

/** Reads YAML or JSON. Throws nothing. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const twice = document.errors
    .filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ pos: [offset] }) => {
      const message = 'This key appears twice. Some parsers use the last one, others reject the file.';
      return error('yaml-duplicate-key', place(offset), message, 'Keep one of them.');
    });
  const kind = file.endsWith('.json') ? 'JSON' : 'YAML';
  const { value, wrong, offset = 0 } = toPlain(document, kind === 'JSON' ? text : undefined);
  const hint = 'Fix the error here or just before it, such as the indentation, a quote or a colon.';
  const broken =
    wrong === undefined
      ? []
      : [error(`${kind.toLowerCase()}-syntax`, place(offset), `This is not ${kind}: ${wrong}.`, hint)];
  return {
    file,
    document,
    value,
    problems: [...broken, ...twice],
    at: (path) => place(offsetOf(document, path)),
    keyAt: (path) => place(keyOffset(document, path) ?? offsetOf(document, path)),
    nodeAt: (node) => place(node.range?.[0] ?? 0),
  };
}

/** A document as plain values, or why it can't be read, and where. The YAML parser accepts more than JSON. */
function toPlain(document: Document, json: string | undefined): { value?: unknown; wrong?: string; offset?: number } {
  // Errors after the first one are mostly its consequences.
  const [syntax] = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY');
  try {
    if (json !== undefined) return { value: JSON.parse(json) as unknown };
    if (syntax !== undefined) throw syntax;
    // Throws for an alias without its anchor, and for aliases that expand too far.
    return { value: document.toJS() as unknown };
  } catch (cause) {
    const wrong = cause instanceof Error ? cause.message : String(cause);
    const offset = Number(/ at position (\d+)/.exec(wrong)?.[1] ?? syntax?.pos[0] ?? 0);
    return { wrong, offset: openQuote(document, offset) ?? offset };
  }
}

/** An unclosed quote is noticed at the end of the file, but the place to fix is where it opens. */
function openQuote(document: Document, offset: number): number | undefined {
  let opened: number | undefined;
  visit(document, {
    Scalar: (_key, { type = '', range }) => {
      if (type.startsWith('QUOTE') && range && range[0] < offset && offset <= range[1]) [opened] = range;
    },
  });
  return opened;
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const node: unknown = document.getIn(part, true);
    if (isScalar(node) && node.value !== null && node.range) return node.range[0];
    const offset = keyOffset(document, part) ?? (isNode(node) ? node.range?.[0] : undefined);
    if (offset !== undefined) return offset;
  }
  return document.contents?.range?.[0] ?? 0;
}

function keyOffset(document: Document, path: Path): number | undefined {
  const parent: unknown = document.getIn(path.slice(0, -1), true);
  const name = String(path.at(-1));
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === name) : undefined;
  return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
}
