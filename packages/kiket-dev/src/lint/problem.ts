/** Something that is wrong with the repository as an extension, and where. */
export interface Problem {
  /** The file's path from the root of the repository, with `/`. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  severity: 'error' | 'warning';
  /** What is wrong. */
  message: string;
  /** What to do about it. */
  hint: string;
  /** The rule's name, for people who search for it: `hook-without-handler`. */
  rule: string;
}
