import { asMap } from '../values.ts';
import type { Path } from '../yamlFile.ts';
import { alternatives, children, type JsonSchema } from './jsonSchema.ts';

/** Keys that the schema doesn't name, one letter away from a key that it names and that is missing. */
export function nearMisses(
  schemas: readonly JsonSchema[],
  value: unknown,
  path: Path = [],
): { path: Path; meant: string }[] {
  const below = (key: PropertyKey, child: unknown) =>
    nearMisses(
      schemas.flatMap((schema) => children(schema, key)),
      child,
      [...path, key],
    );
  if (Array.isArray(value)) return value.flatMap((item, index) => below(index, item));
  const map = asMap(value);
  const named = schemas.flatMap(alternatives).flatMap(({ properties }) => Object.keys(asMap(properties)));
  return Object.entries(map).flatMap(([key, child]) => {
    const meant = named.find((name) => !Object.hasOwn(map, name) && isNear(key, name));
    return meant === undefined || named.includes(key) ? below(key, child) : [{ path: [...path, key], meant }];
  });
}

/** One letter too many, too few or wrong, or two that changed places. */
export function isNear(one: string, other: string): boolean {
  let from = 0;
  while (from < one.length && one[from] === other[from]) from += 1;
  const [rest, wanted] = [one.slice(from), other.slice(from)];
  const swapped = `${rest[1] ?? ''}${rest[0] ?? ''}${rest.slice(2)}`;
  return [rest.slice(1), swapped].includes(wanted) || [rest, rest.slice(1)].includes(wanted.slice(1));
}
