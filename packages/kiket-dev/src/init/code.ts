import { traverseFast, type Statement } from '@babel/types';
import { pruneUnused } from './prune.ts';
import { cut, parseCode, readTest, spanOf, type Span } from './source.ts';

/** Takes the entries of objects out whose key or value has one of the names: `requireFields,`, `approve: approveMove,`. */
export function cutEntries(text: string, names: readonly string[]): string {
  const spans: Span[] = [];
  traverseFast(parseCode(text), (node) => {
    if (node.type !== 'ObjectProperty') return;
    const { key, value } = node;
    const isNamed = [key, value].some((each) => each.type === 'Identifier' && names.includes(each.name));
    const isLiteral = key.type === 'StringLiteral' && names.includes(key.value);
    if (isNamed || isLiteral) spans.push(spanOf(text, node));
  });
  return cut(text, spans);
}

/** Takes the rows out of tables of cases that begin with one of the names: `['REQUIRED_FIELDS', …],`. */
export function cutRows(text: string, names: readonly string[]): string {
  const spans: Span[] = [];
  traverseFast(parseCode(text), (node) => {
    const [first] = node.type === 'ArrayExpression' ? node.elements : [];
    if (first?.type === 'StringLiteral' && names.includes(first.value)) spans.push(spanOf(text, node));
  });
  return cut(text, spans);
}

/**
 * Takes tests out by title, or by the titles of those around them and their own with ` > ` in between. What is left empty
 * goes too; '' where no test is left. With `test.each` the title is that before its placeholders are filled in.
 */
export function cutTests(text: string, titles: readonly string[]): string {
  const { spans, left } = findTests(text, parseCode(text).program.body, { titles, path: [] });
  return left === 0 ? '' : pruneUnused(cut(text, spans));
}

/** Whether a file has a test with this title, as {@link cutTests} finds it. */
export function hasTest(text: string, title: string): boolean {
  return findTests(text, parseCode(text).program.body, { titles: [title], path: [] }).spans.length > 0;
}

/** The tests that have one of the titles, and how many others there are. */
function findTests(
  text: string,
  body: readonly Statement[],
  { titles, path }: { titles: readonly string[]; path: readonly string[] },
): { spans: Span[]; left: number } {
  const spans: Span[] = [];
  let left = 0;
  for (const statement of body) {
    const found = readTest(statement);
    if (found === undefined) continue;
    const names = [...path, found.title];
    const isCut = titles.some((title) => names.join(' > ') === title || names.join(' > ').endsWith(` > ${title}`));
    const inside = isCut || !found.isGroup ? undefined : findTests(text, found.body, { titles, path: names });
    if (isCut || inside?.left === 0) {
      spans.push(spanOf(text, statement));
      continue;
    }
    spans.push(...(inside?.spans ?? []));
    left += inside?.left ?? 1;
  }
  return { spans, left };
}
