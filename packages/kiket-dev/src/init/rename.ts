import { parse } from '@babel/parser';
import { isScalar, parse as parseYaml, parseAllDocuments, parseDocument, visit, type Scalar } from 'yaml';
import { licenceNotice, namePattern, templateNames } from '../lint/leftoverNames.ts';
import type { Answers } from './answers.ts';

/** From a text with the template's names to the same with the fork's. */
export type Rename = (text: string) => string;

/** The template's people in CODEOWNERS: somebody, or a team. */
const owners = new RegExp(String.raw`@${templateNames.repository.split('/')[0]}(?:/[\w-]+)?(?=\s|$)`, 'g');

/** Replaces all names at once, so that a new name which contains an old one is not replaced again. */
export function createRename({ id, repository, packageName, name, author }: Answers): Rename {
  const names = new Map<string, string>([
    [templateNames.id, id],
    [templateNames.repository, repository],
    [templateNames.packageName, packageName],
    [templateNames.name, name],
    [templateNames.author, author],
  ]);
  const pattern = namePattern([...names.keys()]);
  return (text) => (pattern === undefined ? text : text.replaceAll(pattern, (found) => names.get(found) ?? found));
}

/** A file with the fork's names, quoted or escaped as its language needs it. */
export function renameFile(path: string, text: string, answers: Answers): string {
  const rename = createRename(answers);
  if (path === 'LICENSE') return addHolder(text, answers.author);
  if (/\.ya?ml$/.test(path)) return renameYaml(text, rename);
  if (path.endsWith('.json')) return renameJson(text, rename);
  if (/\.[jt]s$/.test(path)) return renameCode(text, rename);
  // A link to the template's people is no name anywhere else: mira@example.com.
  if (path.endsWith('CODEOWNERS')) return rename(text).replaceAll(owners, `@${answers.repository.split('/')[0]}`);
  return rename(text);
}

/** The fork's holder stands below the template's, who stays. */
function addHolder(text: string, author: string): string {
  const year = new Date().getUTCFullYear();
  return text.replace(licenceNotice, (notice) => `${notice}\nCopyright (c) ${year} ${author}`);
}

/** A name with `: ` or `#` in it needs quotes where the old one needed none. */
function renameYaml(text: string, rename: Rename): string {
  const scalars: Scalar[] = [];
  for (const document of parseAllDocuments(text)) {
    visit(document, { Scalar: (_key, scalar) => void scalars.push(scalar) });
  }
  const changed = scalars.filter(({ value }) => typeof value === 'string' && rename(value) !== value);
  // From the end, so that what stands in front keeps its place. Comments are in between.
  const parts: string[] = [];
  let end = text.length;
  for (const scalar of changed.toReversed()) {
    const [from, to] = scalar.range ?? [end, end, end];
    parts.unshift(renameScalar(scalar, text.slice(from, to), rename), rename(text.slice(to, end)));
    end = from;
  }
  return rename(text.slice(0, end)) + parts.join('');
}

function renameScalar({ type, value }: Scalar, source: string, rename: Rename): string {
  const renamed = rename(source);
  if (type === 'BLOCK_FOLDED' || type === 'BLOCK_LITERAL') return renamed;
  const wanted = rename(String(value));
  return isWritten(renamed, wanted) ? renamed : JSON.stringify(wanted);
}

/** Whether a piece of YAML says this and nothing more, as it stands and as a value or in a list. */
function isWritten(source: string, wanted: string): boolean {
  try {
    const [first] = parseYaml(`[${source}]`, { logLevel: 'error' }) as unknown[];
    const document = parseDocument(source);
    return first === wanted && isScalar(document.contents) && document.contents.value === wanted;
  } catch {
    return false;
  }
}

function renameJson(text: string, rename: Rename): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, (literal) => {
    const value = JSON.parse(literal) as string;
    const renamed = rename(value);
    return renamed === value ? literal : JSON.stringify(renamed);
  });
}

/** A quote in a name would end the text that it stands in. */
function renameCode(text: string, rename: Rename): string {
  const renamed = rename(text);
  if (renamed === text || isCode(renamed)) return renamed;
  return renameQuoted(text, rename);
}

function renameQuoted(text: string, rename: Rename): string {
  const pattern = namePattern([templateNames.name, templateNames.author]);
  if (pattern === undefined) return rename(text);
  return rename(text.replaceAll(pattern, (found) => rename(found).replaceAll("'", String.raw`\'`)));
}

function isCode(text: string): boolean {
  try {
    parse(text, { sourceType: 'module', plugins: ['typescript'] });
    return true;
  } catch {
    return false;
  }
}
