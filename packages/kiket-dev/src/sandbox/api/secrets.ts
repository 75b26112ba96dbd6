import * as z from 'zod';
import type { Platform } from '../platform.ts';
import { Refusal } from '../refusal.ts';
import { endpoint, type Call, type Endpoint } from './endpoint.ts';
import { requireExtension } from './extensions.ts';

const value = z.string().min(1);
/** The forms of the Kiket CLI and the Node SDK. */
const writtenSchema = z.union([
  z.object({ secret: z.object({ value }) }).transform(({ secret }) => secret.value),
  z.object({ value }).transform((body) => body.value),
]);

/** Secrets of the installation, in both list shapes and both write forms that Kiket's clients use. */
export function secretEndpoints(platform: Platform): Endpoint[] {
  const { database, extension, faults } = platform;
  const collection = '/extensions/:id/secrets';

  function find(key: string) {
    return database.selectFrom('secrets').selectAll().where('key', '=', key).executeTakeFirst();
  }

  async function named({ params }: Call) {
    requireExtension(extension, params);
    const { key = '' } = params;
    const row = await find(key);
    if (row === undefined) throw new Refusal(404, 'SECRET_NOT_FOUND', `Unknown secret ${key}.`);
    return row;
  }

  async function write(key: string, text: string): Promise<void> {
    const time = platform.now().toISOString();
    await database
      .insertInto('secrets')
      .values({ key, value: text, created_at: time, updated_at: time })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: text, updated_at: time }))
      .execute();
  }

  return [
    endpoint('get', collection, 'secrets:read', async ({ params }) => {
      requireExtension(extension, params);
      const list = await database
        .selectFrom('secrets')
        .select(['key', 'created_at', 'updated_at'])
        .orderBy('key')
        .execute();
      return { body: faults.current().secrets_shape === 'keys' ? { keys: list.map(({ key }) => key) } : list };
    }),
    endpoint('get', `${collection}/:key`, 'secrets:read', async (call) => {
      const { key, value: text } = await named(call);
      return { body: { key, value: text } };
    }),
    endpoint('post', collection, 'secrets:write', async ({ params, body }) => {
      requireExtension(extension, params);
      const { secret } = z.object({ secret: z.object({ key: z.string().min(1), value }) }).parse(body);
      if ((await find(secret.key)) !== undefined) {
        throw new Refusal(422, 'SECRET_EXISTS', `${secret.key} already exists. Change it with PATCH.`);
      }
      await write(secret.key, secret.value);
      return { status: 201, body: { key: secret.key } };
    }),
    endpoint('post', `${collection}/:key`, 'secrets:write', async ({ params, body }) => {
      requireExtension(extension, params);
      const { key = '' } = params;
      await write(key, writtenSchema.parse(body));
      return { status: 201, body: { key } };
    }),
    endpoint('patch', `${collection}/:key`, 'secrets:write', async (call) => {
      const { key } = await named(call);
      await write(key, writtenSchema.parse(call.body));
      return { body: { key } };
    }),
    endpoint('delete', `${collection}/:key`, 'secrets:write', async (call) => {
      const { key } = await named(call);
      await database.deleteFrom('secrets').where('key', '=', key).execute();
      return { status: 204 };
    }),
  ];
}
