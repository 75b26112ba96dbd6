import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { error, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import { shapeProblems } from '../shapes/describeIssue.ts';
import { descriptionAt, toJsonSchema } from '../shapes/jsonSchema.ts';
import { nearMisses } from '../shapes/nearMisses.ts';
import type { Path, YamlFile } from '../yamlFile.ts';

/** Everything that a schema has against a file, each where it stands. The syntax rules report a file that can't be read. */
export function checkShape(rule: string, yaml: YamlFile, schema: z.ZodType): Problem[] {
  if (yaml.value === undefined) return [];
  const described = toJsonSchema(schema);
  const misspelled = nearMisses([described], yaml.value);
  const wrong = shapeProblems(schema, yaml.value);
  const isTold = (path: Path) => wrong.some((each) => each.isKey && isDeepStrictEqual(each.path, path));
  return [
    ...wrong.map(({ path, isKey, text }) => {
      const meant = misspelled.find((each) => isKey && isDeepStrictEqual(each.path, path))?.meant;
      const hint = meant === undefined ? descriptionAt(described, path) : `Did you mean ${meant}?`;
      const place = isKey ? yaml.keyAt(path) : yaml.at(path);
      return error(rule, place, { message: `${nameOf(path) || 'The file'} ${text}`, hint: hint ?? '' });
    }),
    ...misspelled.filter(({ path }) => !isTold(path)).map((miss) => describeMiss(yaml, miss)),
  ];
}

function describeMiss(yaml: YamlFile, { path, meant }: { path: Path; meant: string }): Problem {
  const message = `${nameOf(path)} is not known here, so Kiket ignores it.`;
  return warning('key-unknown', yaml.keyAt(path), { message, hint: `Did you mean ${meant}?` });
}

/** `tables.visits.columns.0.null`: YAML takes the key `null` for nothing. */
function nameOf(path: Path): string {
  return path.map((key) => (key === '' ? 'null' : String(key))).join('.');
}
