import { createClient as connect, type ClientOptions, type KiketClient } from './client.ts';
import { staticCredential } from './credentials.ts';
import { createEndpoints, type ExtensionEndpoints } from './endpoints.ts';

/** What a job calls Kiket with: what handlers have as `kiket`. */
export type JobClient = ExtensionEndpoints & Pick<KiketClient, 'get' | 'post' | 'put' | 'patch' | 'delete'>;

/** One installation's own key or a workspace's token, and what else a client is made of. With both, the key counts. */
export interface JobClientOptions extends Partial<
  Pick<ClientOptions, 'baseUrl' | 'extensionId' | 'extensionVersion' | 'timeoutMs'>
> {
  apiKey?: string | undefined;
  workspaceToken?: string | undefined;
}

/** Nobody waits for a job, so that a call may take as long as in the Kiket SDK. */
const usual = { baseUrl: 'https://kiket.dev', extensionId: 'kiket-job', extensionVersion: '1', timeoutMs: 30_000 };

/**
 * Makes a client for work outside a delivery: CI jobs and long maintenance. Never use it inside one: the key is one
 * installation's, and the delivery may be another's. `secrets`, `logEvent` and `getMetadata` need the `extensionId`.
 *
 * @throws TypeError if there is neither key nor token, or it can't be one
 */
export function createClient({ apiKey, workspaceToken, ...options }: JobClientOptions): JobClient {
  const credential = staticCredential({ extensionApiKey: apiKey, workspaceToken });
  if (credential === undefined || !/^[\x21-\x7e]+$/.test(credential.secret)) {
    throw new TypeError('Pass an API key or a workspace token: one word without spaces, as Kiket shows it.');
  }
  const made = { ...usual, ...options, credential };
  const client = connect(made);
  const endpoints = createEndpoints(client, { ...made, eventVersion: 'v1', now: () => new Date() });
  return { ...client, ...endpoints };
}
