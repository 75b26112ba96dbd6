import * as z from 'zod';
import { parseShape } from './answer.ts';
import { apiPath } from './apiPath.ts';
import type { KiketClient } from './client.ts';
import { KiketError } from './kiketError.ts';
import { readableSecrets } from '../extension/secrets.ts';

/** The extension's secrets in Kiket's store; the Kiket SDK's `ExtensionSecretManager`. */
export interface ExtensionSecretManager {
  /** `null` if the secret doesn't exist, or is masked. */
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** The keys, without their values. */
  list(): Promise<string[]>;
  /** Overwrites the old value, so that there's always one. */
  rotate(key: string, newValue: string): Promise<void>;
}

const secretSchema = z.looseObject({ value: z.string().nullish() });
/** Kiket's sources show two lists: of keys, and of secrets with a key. */
const secretListSchema = z.union([
  z.looseObject({ keys: z.array(z.string()) }).transform(({ keys }) => keys),
  z.array(z.looseObject({ key: z.string() })).transform((secrets) => secrets.map(({ key }) => key)),
]);

/** Statuses that mean "not in this form" or "already exists". */
const otherForm: ReadonlySet<number | undefined> = new Set([404, 405, 422]);

/** Calls `/api/v1/extensions/:id/secrets`. */
export function createSecretManager(client: KiketClient, extensionId: string): ExtensionSecretManager {
  const all = apiPath`/api/v1/extensions/${extensionId}/secrets`;
  const one = (key: string) => all + apiPath`/${key}`;
  // The two forms of Kiket's own command line, and that of its Node SDK.
  const create = (key: string, value: string) => client.post(all, { secret: { key, value } });
  const update = (key: string, value: string) => client.patch(one(key), { secret: { value } });
  const put = (key: string, value: string) => client.post(one(key), { value });
  return {
    get: async (key) => {
      try {
        const { value } = parseShape(secretSchema, await client.get(one(key)), one(key));
        return readableSecrets({ value })['value'] ?? null;
      } catch (error) {
        if (error instanceof KiketError && error.status === 404) return null;
        throw error;
      }
    },
    set: (key, value) => tryForms([create, update, put].map((write) => () => write(key, value))),
    delete: async (key) => {
      await client.delete(one(key));
    },
    list: async () => parseShape(secretListSchema, await client.get(all), all),
    rotate: (key, newValue) => tryForms([update, create, put].map((write) => () => write(key, newValue))),
  };
}

/** Writes in the first form that Kiket accepts. If it accepts none, its answer to the first form counts. */
async function tryForms(forms: readonly (() => Promise<unknown>)[]): Promise<void> {
  let first: unknown;
  for (const write of forms) {
    try {
      await write();
      return;
    } catch (error) {
      first ??= error;
      if (!(error instanceof KiketError) || !otherForm.has(error.status)) throw error;
    }
  }
  throw first;
}
