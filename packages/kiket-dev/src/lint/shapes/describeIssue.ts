import type * as z from 'zod';
import { asList, asMap } from '../values.ts';
import type { Path } from '../yamlFile.ts';

type Issue = z.core.$ZodIssue;

/** A problem that a schema has with a value: which value, and what is wrong with it as the end of a sentence. */
export interface ShapeProblem {
  path: Path;
  /** Whether the key is wrong and not its value. */
  isKey: boolean;
  text: string;
}

/** What is wrong with a value's shape, in words. */
export function shapeProblems(schema: z.ZodType, value: unknown): ShapeProblem[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).flatMap((issue) => describeIssue(issue, value));
}

function describeIssue(issue: Issue, root: unknown): ShapeProblem[] {
  const { path } = issue;
  if (issue.code === 'invalid_union') return describeUnion(issue, root);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], isKey: true, text: 'is not known here.' }));
  }
  if (issue.code === 'invalid_key') return [{ path, isKey: true, text: keyProblem(issue) }];
  return [{ path, isKey: false, text: sentence(issue, valueAt(root, path)) }];
}

/** What the schema of the keys says, if it says it in words. */
function keyProblem({ issues }: z.core.$ZodIssueInvalidKey): string {
  const said = issues[0]?.message ?? '';
  return said.startsWith('has to be') ? said : 'has to be lower case, digits and underscores.';
}

/** Where a value may have several shapes, the one that it resembles most counts. */
function describeUnion(issue: z.core.$ZodIssueInvalidUnion, root: unknown): ShapeProblem[] {
  const within = issue.errors.find((issues) => issues.every(({ path }) => path.length > 0));
  if (within !== undefined && within.length > 0) {
    return within.flatMap((each) => describeIssue({ ...each, path: [...issue.path, ...each.path] }, root));
  }
  const may = issue.errors.flatMap((issues) => issues.map(expectation)).filter((text) => text !== undefined);
  const value = valueAt(root, issue.path);
  if (value === undefined) return [{ path: issue.path, isKey: false, text: 'is missing.' }];
  return [{ path: issue.path, isKey: false, text: `${say(value)}, but has to be ${[...new Set(may)].join(' or ')}.` }];
}

function sentence(issue: Issue, value: unknown): string {
  if (/^invalid_(?:type|value)$/.test(issue.code) && value === undefined) return 'is missing.';
  if (issue.code === 'too_small' && issue.origin === 'string') return 'is empty.';
  const expected = expectation(issue);
  // 1.0 would be told as 1.
  if (expected === kinds['string'] && typeof value === 'number')
    return 'is a number, but has to be text: put it into quotes.';
  if (expected !== undefined) return `${say(value)}, but has to be ${expected}.`;
  return issue.message.startsWith('must ') ? issue.message.replace('must be', 'has to be') : issue.message;
}

function expectation(issue: Issue): string | undefined {
  if (issue.code === 'invalid_type') return kinds[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
  if (issue.code === 'too_small')
    return issue.origin === 'array' ? 'a list that is not empty' : `at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  return issue.code === 'invalid_format' && issue.format === 'url' ? 'an http or https URL' : undefined;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** What a value is. */
function say(value: unknown): string {
  if (value === null || value === undefined) return 'is empty';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object') return 'is a map';
  return typeof value === 'string' ? `is the text "${value}"` : `is ${JSON.stringify(value)}`;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof key === 'number' ? asList(value)[key] : asMap(value)[String(key)]),
    root,
  );
}
