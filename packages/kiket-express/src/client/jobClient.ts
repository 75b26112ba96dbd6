import { createClient as connect, type ClientOptions, type KiketClient } from './client.ts';
import { staticCredential } from './credentials.ts';
import { createEndpoints, type ExtensionEndpoints } from './endpoints.ts';

/** Kiket's API for a job: the same as `kiket` in handlers. */
export type JobClient = ExtensionEndpoints & Pick<KiketClient, 'get' | 'post' | 'put' | 'patch' | 'delete'>;

/** An installation's key or a workspace token, plus the client's options. If both are given, the key is used. */
export interface JobClientOptions extends Partial<
  Pick<ClientOptions, 'baseUrl' | 'extensionId' | 'extensionVersion' | 'timeoutMs'>
> {
  apiKey?: string | undefined;
  workspaceToken?: string | undefined;
}

/** Nobody waits for a job, so a call may take as long as in the Kiket SDK. */
const usual = { baseUrl: 'https://kiket.dev', extensionId: 'kiket-job', extensionVersion: '1', timeoutMs: 30_000 };

/**
 * Creates a client for work outside a delivery, such as CI jobs and maintenance. Never use it inside a delivery: the
 * key belongs to one installation, and the delivery may belong to another. `secrets`, `logEvent` and `getMetadata` need
 * the `extensionId`.
 *
 * @throws TypeError without a valid key or token
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
