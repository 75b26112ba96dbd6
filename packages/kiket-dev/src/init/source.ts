import { parse } from '@babel/parser';
import type { File, Node, Statement } from '@babel/types';

/** From where to where a text is taken out. */
export type Span = readonly [from: number, to: number];

/** A file of TypeScript as a tree. */
export function parseCode(text: string): File {
  return parse(text, { sourceType: 'module', plugins: ['typescript'] });
}

/** `test('title', …)`, `describe('title', () => {…})` and what they have in between: `.each([…])`, `.runIf(…)`. */
export function readTest(
  statement: Statement,
): { title: string; isGroup: boolean; body: readonly Statement[] } | undefined {
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

/** A node with the comment right above it, the comma behind it, and the rest of its line if nothing else is in it. */
export function spanOf(text: string, node: Node): Span {
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

/** A text without its spans. One inside another goes with it. */
export function cut(text: string, spans: readonly Span[]): string {
  let [left, end] = ['', 0];
  for (const [from, to] of spans.toSorted(([one], [other]) => one - other)) {
    if (to <= end) continue;
    left += text.slice(end, Math.max(from, end));
    end = to;
  }
  return left + text.slice(end);
}
