import { isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';
import { error, type Place } from './found.ts';
import type { Problem } from './problem.ts';

/** A way into a document: `['extension', 'hooks', 0, 'event']`. */
export type Path = readonly PropertyKey[];

/** A YAML or JSON file, and where everything stands in it. */
export interface YamlFile {
  file: string;
  document: Document;
  /** The whole as plain values; `undefined` where the file cannot be read, so that rules have nothing to judge. */
  value: unknown;
  /** Why it cannot be read, and keys that are there twice. */
  problems: readonly Problem[];
  /** Where a value stands: a map or a list at its key, what is missing at the key of what should have it. */
  at: (path: Path) => Place;
  /** Where a key stands. */
  keyAt: (path: Path) => Place;
  /** Where a node of the document stands. */
  nodeAt: (node: Node) => Place;
}

/** Reads YAML. JSON is YAML too. Throws nothing. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const twice = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  // What the reader says after its first error is mostly about that one.
  const [syntax] = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY');
  const problems = twice.map(({ pos: [offset] }) =>
    error('yaml-duplicate-key', place(offset), {
      message: 'This key is there twice. Some readers take the last one, others refuse the file.',
      hint: 'Keep one of them.',
    }),
  );
  const plain = syntax === undefined ? toPlain(document) : {};
  if (syntax !== undefined) {
    const [offset] = syntax.pos;
    const message = `This is not ${file.endsWith('.json') ? 'JSON' : 'YAML'}: ${syntax.message}.`;
    const hint = 'Fix what stands here or just before it, such as the indentation, a quote or a colon.';
    problems.unshift(error('yaml-syntax', place(openQuote(document, offset) ?? offset), { message, hint }));
  }
  if (plain.message !== undefined) {
    const hint = 'Write out what the aliases (*name) stand for.';
    problems.push(error('yaml-syntax', place(0), { message: `This cannot be read: ${plain.message}.`, hint }));
  }
  return {
    file,
    document,
    value: plain.value,
    problems,
    at: (path) => place(offsetOf(document, path)),
    keyAt: (path) => place(keyOffset(document, path) ?? offsetOf(document, path)),
    nodeAt: (node) => place(node.range?.[0] ?? 0),
  };
}

/** A quote that is not closed is noticed at the end of the file; what is to be fixed is where it opens. */
function openQuote(document: Document, offset: number): number | undefined {
  let opened: number | undefined;
  visit(document, {
    Scalar: (_key, { type = '', range }) => {
      if (type.startsWith('QUOTE') && range && range[0] < offset && offset <= range[1]) [opened] = range;
    },
  });
  return opened;
}

/** An alias without its anchor, or so many aliases that they would blow the document up. */
function toPlain(document: Document): { value?: unknown; message?: string } {
  try {
    return { value: document.toJS() as unknown };
  } catch (cause) {
    return { message: cause instanceof Error ? cause.message : String(cause) };
  }
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const node: unknown = document.getIn(part.map(asWritten), true);
    if (isScalar(node) && node.value !== null && node.range) return node.range[0];
    const offset = keyOffset(document, part) ?? (isNode(node) ? node.range?.[0] : undefined);
    if (offset !== undefined) return offset;
  }
  return document.contents?.range?.[0] ?? 0;
}

function keyOffset(document: Document, path: Path): number | undefined {
  const parent: unknown = document.getIn(path.slice(0, -1).map(asWritten), true);
  const name = String(asWritten(path.at(-1) ?? ''));
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === name) : undefined;
  return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
}

/** The key `null` has no value in YAML, and is empty among plain values. */
function asWritten(key: PropertyKey): PropertyKey | null {
  return key === '' ? null : key;
}
