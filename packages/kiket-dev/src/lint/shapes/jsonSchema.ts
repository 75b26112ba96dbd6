import * as z from 'zod';
import { asList, asMap } from '../values.ts';
import type { Path } from '../yamlFile.ts';
import { manifestFileSchema } from './manifest.ts';

/** Where editors find it: `.kiket/manifest.yaml` names it in its first line. */
export const schemaFile = '.kiket/manifest.schema.json';

/** A schema as JSON Schema, in the draft that editors know best. */
export function toJsonSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
}

/** What `.kiket/manifest.schema.json` has to say, however it is formatted. */
export const manifestJsonSchema: unknown = toJsonSchema(manifestFileSchema);

/** What a schema says about the value at a path, or about what is around it. */
export function descriptionAt(schema: Readonly<Record<string, unknown>>, path: Path): string | undefined {
  let descriptions: string[] = [];
  let candidates = [schema];
  for (const key of [undefined, ...path]) {
    if (key !== undefined) candidates = candidates.flatMap((candidate) => children(candidate, key));
    const found = candidates.flatMap((candidate) => alternatives(candidate)).map(({ description }) => description);
    descriptions = [...descriptions, ...found.filter((text) => typeof text === 'string').slice(0, 1)];
  }
  return descriptions.at(-1);
}

/** A schema, and those that may stand in its place. */
export function alternatives(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  return [schema, ...asList(schema['anyOf']).map(asMap)];
}

/** What a schema says about a key's value. */
export function children(
  schema: Readonly<Record<string, unknown>>,
  key: PropertyKey,
): Readonly<Record<string, unknown>>[] {
  return alternatives(schema).flatMap(({ properties, additionalProperties, items }) => {
    if (typeof key === 'number') return items === undefined ? [] : [asMap(items)];
    const named = asMap(properties)[String(key)] ?? additionalProperties;
    return named === undefined ? [] : [asMap(named)];
  });
}
