import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import GithubSlugger from 'github-slugger';
import { marked, Parser, TextRenderer, type Token, type Tokens } from 'marked';
import { projectRoot } from './folders.ts';

/** A fenced block, and what the comment in front of it says about it: `<!-- kind: subject -->`. */
export interface Block {
  kind: string | undefined;
  subject: string;
  language: string;
  text: string;
}

/** A Markdown file of the project. */
export interface Page {
  /** From the project's folder. */
  path: string;
  text: string;
}

/** What has no pages about this project: README.fork.md is about another one. */
const notOurs = new Set(['fork', '.git', 'coverage', 'data', 'dist', 'node_modules', 'src', 'test']);

/** Every Markdown file of the project, wherever it is. */
export function readPages(folder = ''): Page[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : readPages(path);
    return entry.name.endsWith('.md') ? [readPage(path)] : [];
  });
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(projectRoot, path), 'utf8') };
}

/** Everything in a text, whatever it is nested in, in its order. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  void marked.walkTokens(marked.lexer(text), (token) => {
    if (token.type !== 'space') tokens.push(token);
  });
  return tokens;
}

/** The code blocks of a text. */
export function readBlocks(text: string): Block[] {
  return tokensOf(text).flatMap((token, index, tokens) => {
    if (token.type !== 'code') return [];
    const before = tokens[index - 1];
    const marker = before?.type === 'html' ? /^<!-- (\w+): (.+?) -->\s*$/.exec(before.raw) : null;
    const [, kind, subject = ''] = marker ?? [];
    const { lang = '', text: code } = token as Tokens.Code;
    return [{ kind, subject, language: lang, text: `${code}\n` }];
  });
}

/** The text of the block with this name on a page. Throws if there is none. */
export function readBlock(path: string, name: string): string {
  const block = readBlocks(readPage(path).text).find(({ subject }) => subject === name);
  if (block === undefined) throw new Error(`${path} has no block '${name}'.`);
  return block.text;
}

/** What is set in a code font: blocks and pieces of sentences. */
export function readCode(text: string): string[] {
  const tokens = tokensOf(text).filter(({ type }) => type === 'code' || type === 'codespan');
  return (tokens as (Tokens.Code | Tokens.Codespan)[]).map((token) => token.text);
}

/** A link or a picture. */
export interface Link {
  target: string;
  label: string;
}

/** Where a text leads to, in Markdown or in HTML. */
export function readLinks(text: string): Link[] {
  return tokensOf(text).flatMap((token) => {
    if (token.type === 'link' || token.type === 'image') {
      const { href, text: label } = token as Tokens.Link | Tokens.Image;
      return [{ target: href, label }];
    }
    if (token.type !== 'html') return [];
    const targets = [...token.raw.matchAll(/\b(?:href|src|srcset)="([^"]+)"/g)];
    return targets.map(([label, target = '']) => ({ target, label }));
  });
}

/** The anchors of a text's headings, as GitHub makes them. */
export function readAnchors(text: string): string[] {
  const slugger = new GithubSlugger();
  const headings = tokensOf(text).filter(({ type }) => type === 'heading') as Tokens.Heading[];
  return headings.map(({ tokens }) => slugger.slug(new Parser().parseInline(tokens, new TextRenderer())));
}

/** A table, cell by cell as it is written. */
export interface Table {
  header: string[];
  rows: string[][];
}

export function readTables(text: string): Table[] {
  const tables = tokensOf(text).filter(({ type }) => type === 'table') as Tokens.Table[];
  const write = (cells: Tokens.TableCell[]) => cells.map((cell) => cell.text.replace(/ ?<!--.*?-->/, ''));
  return tables.map(({ header, rows }) => ({ header: write(header), rows: rows.map(write) }));
}

/** The rows of the first table whose first column is called so. */
export function readTable(text: string, heading: string): string[][] {
  return readTables(text).find(({ header }) => header[0] === heading)?.rows ?? [];
}

/** What is set in a code font in a piece of Markdown: `` `a` and `b` `` → `a`, `b`. */
export function namesIn(markdown = ''): string[] {
  return [...markdown.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/**
 * The lines of a text that are not in an output, in this order. `…` stands for any number of lines, and at the end of one for
 * the rest of it; times do not count.
 */
export function missingLines(output: string, text: string): string[] {
  const timeless = (lines: string) => lines.replaceAll(/ +\d+\.\d$/gm, ' ms').split('\n');
  const printed = timeless(output);
  let from = 0;
  return timeless(text.trimEnd()).filter((line) => {
    const isIt = (each: string) => (line.endsWith('…') ? each.startsWith(line.slice(0, -1)) : each === line);
    const found = line === '…' ? from - 1 : printed.findIndex((each, index) => index >= from && isIt(each));
    if (found >= from) from = found + 1;
    return line !== '…' && found === -1;
  });
}
