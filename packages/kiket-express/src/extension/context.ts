import type { Logger } from 'pino';
import { createClient, type KiketClient } from '../client/client.ts';
import { runtimeCredential } from '../client/credentials.ts';
import type { Arrival, DispatchDependencies } from '../receive/dispatch.ts';
import { createEndpoints, type ExtensionEndpoints } from '../client/endpoints.ts';
import type { Context, Settings } from './extension.ts';
import { readOnly } from './readOnly.ts';
import { handlerHeaders } from '../receive/requestHints.ts';
import { requireScopes } from '../client/scopes.ts';
import type { AuthenticationContext, Headers, WebhookPayload } from '../schemas.ts';
import type { ExtensionSecretManager } from '../client/secretManager.ts';
import { findSecret } from './secrets.ts';

type ContextDependencies<S extends Settings> = Omit<DispatchDependencies<S>, 'store'> & Pick<Context, 'store'>;

/**
 * Everything a handler gets beside its delivery. Whatever one does to it, the next one does not see it. What costs something
 * is made when somebody asks for it: a guard that calls nobody pays for no client.
 */
export class DeliveryContext<S extends Settings> implements Context<S> {
  readonly event: string;
  readonly eventVersion: string;
  readonly extensionId: string;
  readonly extensionVersion: string;
  readonly settings: S;
  readonly secret: Context['secret'];
  readonly requireScopes: Context['requireScopes'];
  readonly #arrival: Arrival;
  readonly #baseUrl: string;
  readonly #givenStore: Context['store'];
  #store: Context['store'] | undefined;
  readonly #kept: (() => Promise<boolean>)[] = [];
  #client: KiketClient | undefined;
  #endpoints: ExtensionEndpoints | undefined;

  /** @param dependencies with the store that this handler may use */
  constructor({ manifest, settings, secrets, store, baseUrl }: ContextDependencies<S>, arrival: Arrival) {
    const { delivery } = arrival;
    this.event = delivery.event;
    this.eventVersion = delivery.eventVersion;
    this.extensionId = manifest.id;
    this.extensionVersion = manifest.version;
    this.settings = settings;
    this.secret = (key) => findSecret(key, delivery.secrets, secrets);
    this.requireScopes = (...scopes) => requireScopes(scopes, delivery.auth.scopes);
    this.#arrival = arrival;
    this.#givenStore = store;
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

  get payloadSecrets(): Readonly<Record<string, string>> {
    return readOnly(this.#arrival.delivery.secrets);
  }

  get auth(): AuthenticationContext {
    return readOnly(this.#arrival.delivery.auth);
  }

  /** A new one each time, because whoever holds a `Date` can change it. */
  get now(): Date {
    return new Date(this.#arrival.now);
  }

  get payload(): WebhookPayload {
    return readOnly(this.#arrival.delivery.payload);
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

  get store(): Context['store'] {
    const { approvals, decisions, names } = this.#givenStore;
    const { list, give, revoke, bind, use } = approvals;
    return (this.#store ??= readOnly({
      approvals: { list, give, revoke, bind, use },
      decisions: { ...decisions },
      names: { isAmbiguous: names.isAmbiguous, learn: names.learn, person: names.person },
    }));
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
