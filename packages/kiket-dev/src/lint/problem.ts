/** A problem of the repository as an extension, and where it is. */
export interface Problem {
  /** The file's path from the root of the repository, with `/`. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  severity: 'error' | 'warning';
  /** What's wrong. */
  message: string;
  /** What to do about it; '' if the message says it. */
  hint: string;
  /** The rule's name, for people who search for it: `handler-missing`. */
  rule: string;
}

/** Where in a file: its path, and line and column counted from 1, if they're known. */
export type Place = Pick<Problem, 'file' | 'line' | 'column'>;

/** Something that Kiket, its tools or the server rejects, or that doesn't work. */
export function error(rule: string, { file, line, column }: Place, message: string, hint: string): Problem {
  return { file: inOneLine(file), line, column, severity: 'error', message: inOneLine(message), hint, rule };
}

/** A message can quote a file, and its text and name can contain anything. */
function inOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\uFEFF]+ */gu, ' ');
}

/** Something that works but that people should know about. */
export function warning(...found: Parameters<typeof error>): Problem {
  return { ...error(...found), severity: 'warning' };
}

/** The first character of a file, for problems of a missing file or of the whole file. */
export function startOf(file: string): Place {
  return { file, line: 1, column: 1 };
}

/** The place of a character by its offset. */
export function placeAt(file: string, text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
