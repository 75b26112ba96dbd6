import type { Problem } from './problem.ts';

/** Where something stands. */
export type Place = Pick<Problem, 'file' | 'line' | 'column'>;

/** What a rule says about it: what is wrong, and what to do. */
export type Finding = Pick<Problem, 'message' | 'hint'>;

/** Something that Kiket, its tools or the guardian would refuse, or that would not work. */
export function error(rule: string, { file, line, column }: Place, { message, hint }: Finding): Problem {
  return { file, line, column, severity: 'error', message: oneLine(message), hint, rule };
}

/** Something that works, and that people would want to know. */
export function warning(rule: string, { file, line, column }: Place, { message, hint }: Finding): Problem {
  return { file, line, column, severity: 'warning', message: oneLine(message), hint, rule };
}

/** A message may quote a file, which may have anything in it. */
function oneLine(message: string): string {
  return message.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\uFEFF]+ */gu, ' ');
}

/** The first character of a file, for what is wrong with a file that is missing or with all of it. */
export function startOf(file: string): Place {
  return { file, line: 1, column: 1 };
}

/** The place of the character at an offset of a text. */
export function placeAt(file: string, text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
