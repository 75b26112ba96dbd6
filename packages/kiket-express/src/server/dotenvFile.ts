import dotenv from 'dotenv';
import { SetupError } from '../errors.ts';
import { readTextFile } from '../manifest/textFile.ts';

/**
 * The variables of `.env` in the working directory; none if the file doesn't exist. The process's own variables take
 * precedence, unless they're blank.
 *
 * @param parse parses the text; dotenv's own parser by default
 * @throws SetupError if the file can't be read, or with one line for each line that dotenv drops or cuts off. Values
 * are never quoted, because they can be secrets.
 */
export function readDotenv(
  path = '.env',
  parse: (text: string) => Record<string, string> = dotenv.parse,
): Record<string, string> {
  // Secret managers provide it as a pipe, and /dev/null stands for none.
  const text = readTextFile(path, path, 'anything') ?? '';
  const problems = [...findProblems(text)].map(([line, problem]) => `${path}:${line} ${problem}`);
  if (problems.length > 0) throw new SetupError(problems);
  return parse(text);
}

/** Reads like dotenv, and reports what dotenv silently drops, with the line number (from 1). */
function* findProblems(text: string): Generator<readonly [number, string]> {
  const lines = text.split(/\r\n?|\n/);
  const seen = new Map<string, { line: number; value: string }>();
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const number = index + 1;
    if (/^\s*(?:#|$)/.test(line)) continue;
    const { name, value = '' } =
      /^\s*(?:export\s+)?(?<name>[\w.-]+)(?:\s*=|:\s)\s*(?<value>.*)$/.exec(line)?.groups ?? {};
    if (name === undefined) {
      yield [number, "isn't NAME=value, so it would be ignored. Correct it, or put # in front."];
      continue;
    }
    const quoted = readQuoted(value, lines.slice(index + 1));
    if (quoted === 'open') yield [number, `${name} starts with a quote that isn't closed. Close it, or remove it.`];
    if (quoted === undefined && isCut(value)) {
      yield [
        number,
        `${name} would be cut off at the #. Put quotes around the value, or write a comment with a space on both sides of the #.`,
      ];
    }
    const before = seen.get(name);
    if (before !== undefined && before.value !== '' && before.value !== value) {
      yield [number, `${name} is already set in line ${before.line}. Remove one of them.`];
    }
    seen.set(name, { line: number, value });
    index += typeof quoted === 'number' ? quoted : 0;
  }
}

/**
 * How many more lines a quoted value has. `open` if its quote isn't closed, or if it would swallow a line that sets a
 * variable; `undefined` if the value isn't quoted.
 */
function readQuoted(value: string, following: readonly string[]): number | 'open' | undefined {
  const [quote] = /^["'`]/.exec(value) ?? [];
  if (quote === undefined) return undefined;
  const closed = new RegExp(`^${quote}(?:\\\\${quote}|[^${quote}])*${quote}\\s*(?:#.*)?$`);
  if (closed.test(value)) return 0;
  const end = following.findIndex((line) => line.includes(quote));
  const rest = following.slice(0, end + 1);
  const isWhole = end !== -1 && closed.test([value, ...rest].join('\n'));
  return isWhole && !rest.some((line) => /^\s*(?:export\s+)?[A-Z][A-Z0-9_]*=[^=]/.test(line)) ? end + 1 : 'open';
}

/** dotenv ends an unquoted value at the first `#`. Only a `#` between spaces is certainly a comment. */
function isCut(value: string): boolean {
  const at = value.indexOf('#');
  return at !== -1 && !/(?:^|\s)#(?:\s|$)/.test(value.slice(Math.max(at - 1, 0), at + 2));
}
