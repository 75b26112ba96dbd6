import type * as z from 'zod';
import { parseShape } from './answer.ts';
import type { KiketClient } from './client.ts';
import { isPresent } from '../text/values.ts';

/** Query parameters; those that are missing aren't sent. */
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Gets an answer and checks its shape: see {@link parseShape}. */
export async function getShape<Schema extends z.ZodType>(
  client: KiketClient,
  schema: Schema,
  path: string,
  query: Query = {},
): Promise<z.infer<Schema>> {
  const given = Object.entries(query).filter(([, value]) => isPresent(value));
  const params = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  return parseShape(schema, await client.get(path, { params }), path);
}
