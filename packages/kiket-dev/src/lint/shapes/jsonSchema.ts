import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { findJsonError } from '../jsonError.ts';
import { asList, asMap } from '../values.ts';
import type { Path } from '../yamlFile.ts';
import { manifestFileSchema } from './manifest.ts';

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where the template keeps it. Editors find it in the installed tool: `.kiket/manifest.yaml` names it in its first line. */
export const schemaFile = 'packages/kiket-dev/manifest.schema.json';

/** What it is made of: a repository without this only uses it. */
export const schemaSource = 'packages/kiket-dev/src/lint/shapes/manifest.ts';

const made = new WeakMap<z.ZodType, JsonSchema>();

/** A schema as JSON Schema, in the draft that editors know best. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const known = made.get(schema) ?? z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  made.set(schema, known);
  return known;
}

/** What `manifest.schema.json` has to say. */
export const manifestJsonSchema: unknown = toJsonSchema(manifestFileSchema);

/** Whether a file's text is this schema, however it is formatted. */
export function isManifestSchema(text: string): boolean {
  return findJsonError(text) === undefined && isDeepStrictEqual(JSON.parse(text), manifestJsonSchema);
}

/** What a schema says about the value at a path, or about what is around it. */
export function descriptionAt(schema: JsonSchema, path: Path): string | undefined {
  const [key, ...rest] = path;
  const [own] = alternatives(schema).flatMap(({ description }) => (typeof description === 'string' ? description : []));
  if (key === undefined) return own;
  const [inner] = children(schema, key).flatMap((child) => descriptionAt(child, rest) ?? []);
  return inner ?? own;
}

/** A schema, and those that may stand in its place. */
export function alternatives(schema: JsonSchema): JsonSchema[] {
  return [schema, ...asList(schema['anyOf']).map(asMap)];
}

/** What a schema says about a key's value. */
export function children(schema: JsonSchema, key: PropertyKey): JsonSchema[] {
  return alternatives(schema).flatMap(({ properties, additionalProperties, items }) => {
    if (typeof key === 'number') return items === undefined ? [] : [asMap(items)];
    const named = asMap(properties)[String(key)] ?? additionalProperties;
    return named === undefined ? [] : [asMap(named)];
  });
}
