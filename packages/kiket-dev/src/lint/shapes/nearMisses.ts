import { asMap } from '../values.ts';
import type { Path } from '../yamlFile.ts';
import { alternatives, children } from './jsonSchema.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Keys that the schema does not name, and that are one letter away from one that it names and that is missing. */
export function nearMisses(
  schemas: readonly Schema[],
  value: unknown,
  path: Path = [],
): { path: Path; meant: string }[] {
  if (Array.isArray(value)) {
    const items = schemas.flatMap((schema) => children(schema, 0));
    return value.flatMap((item, index) => nearMisses(items, item, [...path, index]));
  }
  const map = asMap(value);
  const named = schemas.flatMap(alternatives).flatMap(({ properties }) => Object.keys(asMap(properties)));
  return Object.entries(map).flatMap(([key, child]) => {
    const meant = named.includes(key)
      ? undefined
      : named.find((name) => !Object.hasOwn(map, name) && isNear(key, name));
    if (meant !== undefined) return [{ path: [...path, key], meant }];
    return nearMisses(
      schemas.flatMap((schema) => children(schema, key)),
      child,
      [...path, key],
    );
  });
}

/** One letter too many, too few or wrong, or two that changed places. */
export function isNear(one: string, other: string): boolean {
  const start = Array.from(one).findIndex((letter, index) => letter !== other[index]);
  const from = start === -1 ? one.length : start;
  const [rest, wanted] = [one.slice(from), other.slice(from)];
  const swapped = `${rest[1] ?? ''}${rest[0] ?? ''}${rest.slice(2)}`;
  return [
    rest.slice(1) === wanted,
    rest === wanted.slice(1),
    rest.slice(1) === wanted.slice(1),
    swapped === wanted,
  ].includes(true);
}
