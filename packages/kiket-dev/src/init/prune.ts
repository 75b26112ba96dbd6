import { traverseFast, type File, type Node, type Statement } from '@babel/types';
import { cut, parseCode, readTest, spanOf, type Span } from './source.ts';

/** Takes out what nothing in the file uses any more: imports, functions, types and constants that are not exported. */
export function pruneUnused(text: string): string {
  const file = parseCode(text);
  const uses = usesIn(file);
  const spans = bodiesOf(file).flatMap((body) => body.flatMap((statement) => unusedSpans(text, statement, uses)));
  return spans.length === 0 ? text : pruneUnused(cut(text, spans));
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
  const patterns = statement.declarations.flatMap(({ id }) => {
    // Whatever stands beside `...rest` says what is not in it.
    const isRest = id.type === 'ObjectPattern' && id.properties.some(({ type }) => type === 'RestElement');
    return id.type === 'ObjectPattern' && !isRest ? id.properties : [];
  });
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
