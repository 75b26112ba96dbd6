import { parseExpression } from '@babel/parser';

/** Where and why a text is not JSON; `undefined` if it is. Lines and columns from 1. */
export function findJsonError(text: string): { line: number; column: number; message: string } | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { ...locate(text), message };
  }
}

/** JSON is JavaScript, so what is not JavaScript either stands where that parser stops; else at the first odd token. */
function locate(text: string): { line: number; column: number } {
  try {
    const { tokens = [] } = parseExpression(text, { tokens: true });
    const written = (tokens as Token[]).map(({ start, end, loc }) => ({ word: text.slice(start, end), loc }));
    const odd = written.find(
      ({ word }, index) => !isJson(word) || (/[}\]]/.test(word) && written[index - 1]?.word === ','),
    );
    return { line: odd?.loc.start.line ?? 1, column: (odd?.loc.start.column ?? 0) + 1 };
  } catch (cause) {
    const { loc } = cause as { loc?: { line: number; column: number } };
    return { line: loc?.line ?? 1, column: (loc?.column ?? 0) + 1 };
  }
}

interface Token {
  start: number;
  end: number;
  loc: { start: { line: number; column: number } };
}

/** Whether a token is one of JSON, too. The last one is empty. */
function isJson(word: string): boolean {
  const string = /^"(?:[^"\\\n\r\t]|\\(?:["\\/bfnrt]|u[\da-f]{4}))*"$/i;
  return string.test(word) || /^(?:[{}[\]:,-]|true|false|null|(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?|)$/i.test(word);
}
