import { parse } from '@babel/parser';
import { traverseFast, type File, type Node, type Statement } from '@babel/types';

/** From where to where a text is taken out. */
type Span = readonly [from: number, to: number];

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

/** Takes out what nothing in the file uses any more: imports, functions, types and constants that are not exported. */
export function pruneUnused(text: string): string {
  const file = parseCode(text);
  const uses = usesIn(file);
  const spans = bodiesOf(file).flatMap((body) => body.flatMap((statement) => unusedSpans(text, statement, uses)));
  return spans.length === 0 ? text : pruneUnused(cut(text, spans));
}

function parseCode(text: string): File {
  return parse(text, { sourceType: 'module', plugins: ['typescript'] });
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

/** `test('title', …)`, `describe('title', () => {…})` and what they have in between: `.each([…])`, `.runIf(…)`. */
function readTest(statement: Statement): { title: string; isGroup: boolean; body: readonly Statement[] } | undefined {
  if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'CallExpression') return undefined;
  const { callee, arguments: words } = statement.expression;
  let root: Node = callee;
  while (root.type === 'CallExpression' || root.type === 'MemberExpression') {
    root = root.type === 'CallExpression' ? root.callee : root.object;
  }
  if (root.type !== 'Identifier' || !['test', 'describe'].includes(root.name)) return undefined;
  const [first] = words;
  const title = first?.type === 'StringLiteral' ? first.value : '';
  const run = words.find((word) => word.type === 'ArrowFunctionExpression');
  const body = run?.body.type === 'BlockStatement' ? run.body.body : [];
  return { title, isGroup: root.name === 'describe', body };
}

/** The statements of the file, and of its groups of tests. */
function bodiesOf(file: File): (readonly Statement[])[] {
  const groups = (body: readonly Statement[]): (readonly Statement[])[] => [
    body,
    ...body.flatMap((statement) => {
      const found = readTest(statement);
      return found?.isGroup ? groups(found.body) : [];
    }),
  ];
  return groups(file.program.body);
}

/** Where each name is used, the names of properties apart. */
function usesIn(file: File): ReadonlyMap<string, readonly number[]> {
  const properties = new Set<Node>();
  const uses = new Map<string, number[]>();
  traverseFast(file, (node) => {
    if (node.type === 'MemberExpression' && !node.computed) properties.add(node.property);
    if (node.type === 'ObjectProperty' && !node.computed && !node.shorthand) properties.add(node.key);
    if (node.type === 'ImportSpecifier') properties.add(node.imported);
    if (node.type === 'TSPropertySignature' || node.type === 'ObjectMethod') properties.add(node.key);
    if (node.type !== 'Identifier' || properties.has(node)) return;
    uses.set(node.name, [...(uses.get(node.name) ?? []), node.start ?? 0]);
  });
  return uses;
}

function unusedSpans(text: string, statement: Statement, uses: ReadonlyMap<string, readonly number[]>): Span[] {
  const isUnused = (name: string, { start, end }: Node) =>
    (uses.get(name) ?? []).every((at) => at >= (start ?? 0) && at < (end ?? 0));
  if (statement.type === 'ImportDeclaration') {
    const unused = statement.specifiers.filter((specifier) => isUnused(specifier.local.name, specifier));
    if (unused.length === 0) return [];
    return unused.length === statement.specifiers.length
      ? [spanOf(text, statement)]
      : unused.map((specifier) => spanOf(text, specifier));
  }
  const names = declaredNames(statement);
  const isWhole = names.length > 0 && names.every((name) => isUnused(name, statement));
  if (isWhole) return [spanOf(text, statement)];
  if (statement.type !== 'VariableDeclaration') return [];
  const patterns = statement.declarations.flatMap(({ id }) => (id.type === 'ObjectPattern' ? id.properties : []));
  return patterns
    .filter((property) => namesIn(property).every((name) => isUnused(name, statement)))
    .map((property) => spanOf(text, property));
}

function declaredNames(statement: Statement): string[] {
  if (statement.type === 'VariableDeclaration') return statement.declarations.flatMap(({ id }) => namesIn(id));
  const isNamed =
    statement.type === 'FunctionDeclaration' ||
    statement.type === 'TSInterfaceDeclaration' ||
    statement.type === 'TSTypeAliasDeclaration' ||
    statement.type === 'ClassDeclaration';
  return isNamed && statement.id ? [statement.id.name] : [];
}

/** The names that a pattern such as `{ a, b: [c] }` declares. */
function namesIn(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [pattern.name];
  if (pattern.type === 'ObjectPattern') return pattern.properties.flatMap(namesIn);
  if (pattern.type === 'ObjectProperty') return namesIn(pattern.value);
  if (pattern.type === 'RestElement') return namesIn(pattern.argument);
  if (pattern.type === 'AssignmentPattern') return namesIn(pattern.left);
  return pattern.type === 'ArrayPattern'
    ? pattern.elements.flatMap((each) => (each === null ? [] : namesIn(each)))
    : [];
}

/** A node with the comment right above it, the comma behind it, and the rest of its line if nothing else is in it. */
function spanOf(text: string, node: Node): Span {
  let from = node.start ?? 0;
  for (const { start = 0, end = 0 } of (node.leadingComments ?? []).toReversed()) {
    if (!/^[ \t]*\n?[ \t]*$/.test(text.slice(end, from))) break;
    from = start;
  }
  const to = (node.end ?? 0) + (/^\s*,/.exec(text.slice(node.end ?? 0))?.[0].length ?? 0);
  const indent = /(?:^|\n)([ \t]*)$/.exec(text.slice(0, from))?.[1]?.length;
  const rest = /^[ \t]*\n/.exec(text.slice(to))?.[0].length;
  return indent === undefined || rest === undefined ? [from, to] : [from - indent, to + rest];
}

function cut(text: string, spans: readonly Span[]): string {
  return spans
    .toSorted(([one], [other]) => other - one)
    .reduce((left, [from, to]) => left.slice(0, from) + left.slice(to), text);
}
