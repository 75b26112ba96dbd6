import type * as z from 'zod';
import type { Path } from '../yamlFile.ts';

type Issue = z.core.$ZodIssue;

/** What a schema has against a value: which value, and what is wrong with it. */
export interface ShapeProblem {
  path: Path;
  /** Whether the key is wrong and not its value. */
  isKey: boolean;
  /** The end of a sentence that begins with the value's name. */
  text: string;
}

/** What is wrong with a value's shape, in words. */
export function shapeProblems(schema: z.ZodType, value: unknown): ShapeProblem[] {
  return (schema.safeParse(value).error?.issues ?? []).flatMap((issue) => describe(issue, value));
}

function describe(issue: Issue, root: unknown): ShapeProblem[] {
  const { path, code } = issue;
  const value = path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | null)?.[key], root);
  if (code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], isKey: true, text: 'is not known here.' }));
  if (code === 'invalid_key') return [{ path, isKey: true, text: issue.issues[0]?.message ?? issue.message }];
  // Where a value may have several shapes, the one that it resembles counts.
  const alike =
    code === 'invalid_union' && value !== undefined
      ? issue.errors.find((issues) => issues.length > 0 && issues.every((each) => each.path.length > 0))
      : undefined;
  if (alike !== undefined) return alike.flatMap((each) => describe({ ...each, path: [...path, ...each.path] }, root));
  const isMissing = value === undefined && /^invalid_(?:type|value|union)$/.test(code);
  return [{ path, isKey: false, text: isMissing ? 'is missing.' : sentence(issue.message) }];
}

/** Zod's "Invalid input: expected number, received string", as the end of a sentence. Our own messages are one. */
function sentence(message: string): string {
  if (!/^(?:Invalid|Too|Unrecognized) /.test(message)) return message.replace(/^must /, 'has to ');
  return `is wrong: ${message.replace(/^Invalid (?:input|option): /, '')}.`;
}
