import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { error, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import { shapeProblems } from '../shapes/describeIssue.ts';
import { descriptionAt, toJsonSchema } from '../shapes/jsonSchema.ts';
import { nearMisses } from '../shapes/nearMisses.ts';
import type { Path, YamlFile } from '../yamlFile.ts';

/** Everything that a schema has against a file, each where it stands. A file that cannot be read has been told of. */
export function checkShape(rule: string, yaml: YamlFile, schema: z.ZodType): Problem[] {
  if (yaml.value === undefined) return [];
  const problems = shapeProblems(schema, yaml.value);
  const described = toJsonSchema(schema);
  const misspelled = nearMisses([described], yaml.value);
  const wrong = problems.map(({ path, isKey, text }) => {
    const place = isKey ? yaml.keyAt(path) : yaml.at(path);
    const meant = misspelled.find((each) => isKey && isDeepStrictEqual(each.path, path))?.meant;
    const said = descriptionAt(described, path) ?? 'Compare it with the file of the template.';
    const hint = meant === undefined ? said : didYouMean(meant);
    return error(rule, place, { message: `${nameOf(path) || 'The file'} ${text}`, hint });
  });
  // What the schema does not allow is told once.
  const refused = problems.filter(({ isKey }) => isKey).map(({ path }) => path);
  const isTold = (path: Path) => refused.some((each) => isDeepStrictEqual(each, path));
  return [...wrong, ...misspelled.filter(({ path }) => !isTold(path)).map((miss) => describeMiss(yaml, miss))];
}

/**
 * The keys of a file that a schema does not name, and nearly does.
 *
 * @param tell how grave it is that such a key is passed over
 */
export function misspelledKeys(yaml: YamlFile, schema: z.ZodType, tell: typeof error = warning): Problem[] {
  return nearMisses([toJsonSchema(schema)], yaml.value).map((miss) => describeMiss(yaml, miss, tell));
}

function describeMiss(yaml: YamlFile, { path, meant }: { path: Path; meant: string }, tell = warning): Problem {
  const message = `${nameOf(path)} is not known here.`;
  return tell('key-unknown', yaml.keyAt(path), { message, hint: didYouMean(meant) });
}

function didYouMean(meant: string): string {
  return `Did you mean ${meant}?`;
}

/** `tables.visits.columns.0.null`: YAML takes the key `null` for nothing. */
function nameOf(path: Path): string {
  return path.map((key) => (key === '' ? 'null' : String(key))).join('.');
}
