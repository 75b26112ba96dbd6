import { createClient, type ClientOptions, type KiketClient } from './client.ts';
import { staticCredential } from './credentials.ts';

/** One installation's own key, for CI jobs and long maintenance, and what else a client is made of. */
export type JobClientOptions = ({ apiKey: string } | { workspaceToken: string }) &
  Partial<Pick<ClientOptions, 'baseUrl' | 'extensionId' | 'extensionVersion' | 'timeoutMs'>>;

/** Nobody waits for a job, so that a call may take as long as in the Kiket SDK. */
const usual = { baseUrl: 'https://kiket.dev', extensionId: 'kiket-job', extensionVersion: '1', timeoutMs: 30_000 };

/**
 * Makes a client for work outside a delivery. Never use it inside one: the key is one installation's, and the delivery may
 * be another's.
 *
 * @throws TypeError if the key or token can't be one
 */
export function createJobClient(options: JobClientOptions): KiketClient {
  const extensionApiKey = 'apiKey' in options ? options.apiKey : undefined;
  const workspaceToken = 'workspaceToken' in options ? options.workspaceToken : undefined;
  const credential = staticCredential({ extensionApiKey, workspaceToken });
  if (credential === undefined || !/^[\x21-\x7e]+$/.test(credential.secret)) {
    throw new TypeError('The API key or workspace token is one word without spaces, as Kiket shows it.');
  }
  return createClient({ ...usual, ...options, credential });
}
