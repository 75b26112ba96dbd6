import type { Logger } from 'pino';
import { createClient, type KiketClient } from './client.ts';
import { runtimeCredential } from './credentials.ts';
import type { Arrival, DispatchDependencies } from './dispatch.ts';
import { createEndpoints, type ExtensionEndpoints } from './endpoints.ts';
import type { Context, Settings } from './extension.ts';
import { handlerHeaders } from './requestHints.ts';
import { requireScopes } from './scopes.ts';
import type { AuthenticationContext, Headers } from './sdk.ts';
import type { ExtensionSecretManager } from './secretManager.ts';
import { findSecret } from './secrets.ts';

/**
 * Everything a handler gets beside its delivery. What costs something is made when somebody asks for it: a guard that
 * calls nobody pays for no client.
 */
export class DeliveryContext<S extends Settings> implements Context<S> {
  readonly event: string;
  readonly eventVersion: string;
  readonly extensionId: string;
  readonly extensionVersion: string;
  readonly settings: S;
  readonly payloadSecrets: Readonly<Record<string, string>>;
  readonly auth: AuthenticationContext;
  readonly now: Date;
  readonly store: Context['store'];
  readonly secret: Context['secret'];
  readonly requireScopes: Context['requireScopes'];
  readonly #arrival: Arrival;
  readonly #baseUrl: string;
  readonly #kept: (() => Promise<boolean>)[] = [];
  #client: KiketClient | undefined;
  #endpoints: ExtensionEndpoints | undefined;

  constructor({ manifest, settings, secrets, store, baseUrl }: DispatchDependencies<S>, arrival: Arrival) {
    const { delivery, now } = arrival;
    this.event = delivery.event;
    this.eventVersion = delivery.eventVersion;
    this.extensionId = manifest.id;
    this.extensionVersion = manifest.version;
    this.settings = settings;
    this.payloadSecrets = delivery.secrets;
    this.auth = delivery.auth;
    this.now = now;
    this.store = store;
    this.secret = (key) => findSecret(key, delivery.secrets, secrets);
    this.requireScopes = (...scopes) => requireScopes(scopes, delivery.auth.scopes);
    this.#arrival = arrival;
    this.#baseUrl = baseUrl;
  }

  readonly beforeAllow = (keep: () => Promise<boolean>): void => void this.#kept.push(keep);

  /** Whether there is anything to {@link keep}. */
  get mustKeep(): boolean {
    return this.#kept.length > 0;
  }

  /** Does what guards want done before an `allow` is answered. Returns whether all of it holds. */
  async keep(): Promise<boolean> {
    const kept = await Promise.all(this.#kept.map(async (keep) => keep()));
    return !kept.includes(false);
  }

  get headers(): Headers {
    return handlerHeaders(this.#arrival.headers);
  }

  get signal(): AbortSignal {
    return this.#arrival.deadline.signal;
  }

  get log(): Logger {
    return this.#arrival.log();
  }

  get client(): KiketClient {
    this.#client ??= createClient({
      baseUrl: this.#baseUrl,
      credential: runtimeCredential(this.auth, this.now),
      extensionId: this.extensionId,
      extensionVersion: this.extensionVersion,
      eventVersion: this.eventVersion,
      deadline: this.#arrival.deadline,
    });
    return this.#client;
  }

  get endpoints(): ExtensionEndpoints {
    const { extensionId, eventVersion, now } = this;
    this.#endpoints ??= createEndpoints(this.client, { extensionId, eventVersion, now });
    return this.#endpoints;
  }

  get secrets(): ExtensionSecretManager {
    return this.endpoints.secrets;
  }
}
