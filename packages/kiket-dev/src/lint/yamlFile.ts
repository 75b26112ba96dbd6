import {
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Node,
  type YAMLParseError,
} from 'yaml';
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
  const isTwice = ({ code }: YAMLParseError) => code === 'DUPLICATE_KEY';
  // What the reader says after its first error is mostly about that one.
  const syntax = document.errors.filter((each) => !isTwice(each)).slice(0, 1);
  const problems = [
    ...syntax.map(({ code, message, pos: [offset] }) =>
      error('yaml-syntax', place(openQuote(document, offset) ?? offset), {
        message: code === 'MULTIPLE_DOCS' ? 'A second document begins here.' : `This is not YAML: ${message}.`,
        hint: 'Mend what stands here or just before it; often it is the indentation, a quote or a colon.',
      }),
    ),
    ...document.errors.filter(isTwice).map(({ pos: [offset] }) =>
      error('yaml-duplicate-key', place(offset), {
        message: 'This key is there twice. Some readers take the last one, others refuse the file.',
        hint: 'Keep one of them.',
      }),
    ),
  ];
  const plain = syntax.length > 0 ? {} : toPlain(document);
  const broken = plain.message === undefined ? [] : [unreadable(place(brokenAlias(document)), plain.message)];
  return {
    file,
    document,
    value: plain.value,
    problems: [...problems, ...broken],
    at: (path) => place(offsetOf(document, path)),
    keyAt: (path) => place(keyOffset(document, path) ?? offsetOf(document, path)),
    nodeAt: (node) => place(node.range?.[0] ?? 0),
  };
}

/** A quote that is not closed is noticed at the end of the file; what is to mend is where it opens. */
function openQuote(document: Document, offset: number): number | undefined {
  let opened: number | undefined;
  visit(document, {
    Scalar: (_key, { type = 'PLAIN', range }) => {
      const isQuoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
      if (isQuoted && range && range[0] < offset && offset <= range[1]) [opened] = range;
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

/** The alias that stands for nothing, or else the first. */
function brokenAlias(document: Document): number {
  const aliases: Alias[] = [];
  visit(document, { Alias: (_key, alias) => void aliases.push(alias) });
  const broken = aliases.find((alias) => alias.resolve(document) === undefined) ?? aliases[0];
  return broken?.range?.[0] ?? 0;
}

function unreadable(place: Place, message: string): Problem {
  return error('yaml-syntax', place, {
    message: `This cannot be read: ${message}.`,
    hint: 'Write out what the aliases (*name) stand for.',
  });
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const node: unknown = document.getIn(part.map(asWritten), true);
    const isHere = isNode(node) && node.range;
    if (isHere && !isCollection(node) && !(isScalar(node) && node.value === null)) return isHere[0];
    const key = keyOffset(document, part);
    if (key !== undefined) return key;
    if (isHere) return isHere[0];
  }
  return isNode(document.contents) ? (document.contents.range?.[0] ?? 0) : 0;
}

function keyOffset(document: Document, path: Path): number | undefined {
  const parent: unknown =
    path.length === 1 ? document.contents : document.getIn(path.slice(0, -1).map(asWritten), true);
  if (!isMap(parent)) return undefined;
  const name = String(asWritten(path.at(-1) ?? ''));
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
}

/** The key `null` has no value in YAML, and is empty among plain values. */
function asWritten(key: PropertyKey): PropertyKey | null {
  return key === '' ? null : key;
}
