import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from 'pino';
import { createClient, type KiketClient } from '../client/client.ts';
import { credentialHeaders, runtimeCredential } from '../client/credentials.ts';
import { untilMomentLater, type Deadline } from '../deadline.ts';
import type { Delivery } from '../delivery.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { createEndpoints, type ExtensionEndpoints } from '../client/endpoints.ts';
import type { Context, Settings } from './extension.ts';
import { readOnly } from './readOnly.ts';
import { requireScopes } from '../client/scopes.ts';
import type { AuthenticationContext, Headers, WebhookPayload } from '../schemas.ts';
import type { ExtensionSecretManager } from '../client/secretManager.ts';
import { findSecret } from './secrets.ts';

/** What contexts need, for the lifetime of the process. */
export interface ContextDependencies<S extends Settings> {
  manifest: Pick<Manifest, 'id' | 'version'>;
  settings: S;
  /** Extension-wide secrets by environment name, without `KIKET_SECRET_`. */
  secrets: Readonly<Record<string, string>>;
  /** `KIKET_BASE_URL`: the only host that handlers call. */
  baseUrl: string;
}

/** A verified delivery on its way to a handler. */
export interface ReceivedDelivery {
  delivery: Delivery;
  /** As received. Handlers see fewer. */
  headers: IncomingHttpHeaders;
  now: Date;
  deadline: Pick<Deadline, 'signal' | 'endsAt'>;
  /** Adds the delivery to every line. */
  log: () => Logger;
}

/**
 * Everything a handler gets besides its delivery. Handlers don't see each other's changes to it. Expensive parts are
 * created on first use, so a guard that makes no calls doesn't pay for a client.
 */
export class DeliveryContext<S extends Settings> implements Context<S> {
  readonly event: string;
  readonly eventVersion: string;
  readonly extensionId: string;
  readonly extensionVersion: string;
  readonly settings: S;
  readonly secret: Context['secret'];
  readonly requireScopes: Context['requireScopes'];
  readonly #received: ReceivedDelivery;
  readonly #baseUrl: string;
  readonly #givenStore: Context['store'];
  #store: Context['store'] | undefined;
  readonly #kept: (() => Promise<boolean>)[] = [];
  #client: KiketClient | undefined;
  #endpoints: ExtensionEndpoints | undefined;

  /** @param dependencies with the store for this handler */
  constructor(
    { manifest, settings, secrets, store, baseUrl }: ContextDependencies<S> & Pick<Context, 'store'>,
    received: ReceivedDelivery,
  ) {
    const { delivery } = received;
    this.event = delivery.event;
    this.eventVersion = delivery.eventVersion;
    this.extensionId = manifest.id;
    this.extensionVersion = manifest.version;
    this.settings = settings;
    this.secret = (key) => findSecret(key, delivery.secrets, secrets);
    this.requireScopes = (...scopes) => requireScopes(scopes, delivery.auth.scopes);
    this.#received = received;
    this.#givenStore = store;
    this.#baseUrl = baseUrl;
  }

  readonly beforeAllow = (keep: () => Promise<boolean>): void => void this.#kept.push(keep);

  /**
   * Runs what guards registered for before an `allow` is sent. Returns whether all of it still holds. An override that
   * can't be kept doesn't, whatever the failure policy, because guards had decided against the move.
   */
  async keep(isOverridden: boolean): Promise<boolean> {
    if (this.#kept.length === 0) return true;
    try {
      const kept = await untilMomentLater(Promise.all(this.#kept.map(async (keep) => keep())), this.signal);
      return !kept.includes(false);
    } catch (error) {
      if (!isOverridden) throw error;
      this.log.error({ err: error }, 'an override could not be kept');
      return false;
    }
  }

  get payloadSecrets(): Readonly<Record<string, string>> {
    return readOnly(this.#received.delivery.secrets);
  }

  get auth(): AuthenticationContext {
    return readOnly(this.#received.delivery.auth);
  }

  /** A new one each time, because a `Date` is mutable. */
  get now(): Date {
    return new Date(this.#received.now);
  }

  get payload(): WebhookPayload {
    return readOnly(this.#received.delivery.payload);
  }

  get headers(): Headers {
    return handlerHeaders(this.#received.headers);
  }

  get signal(): AbortSignal {
    return this.#received.deadline.signal;
  }

  get log(): Logger {
    return this.#received.log();
  }

  get store(): Context['store'] {
    const { approvals, decisions, names } = this.#givenStore;
    const { list, give, revoke, drop, override, findOverride, countOverrides, bind, use } = approvals;
    return (this.#store ??= readOnly({
      approvals: { list, give, revoke, drop, override, findOverride, countOverrides, bind, use },
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
      deadline: this.#received.deadline,
    });
    return this.#client;
  }

  get endpoints(): ExtensionEndpoints {
    const { extensionId, eventVersion } = this;
    this.#endpoints ??= createEndpoints(this.client, { extensionId, eventVersion, now: () => this.now });
    return this.#endpoints;
  }

  get secrets(): ExtensionSecretManager {
    return this.endpoints.secrets;
  }
}

const hiddenHeaders: ReadonlySet<string> = new Set([
  ...credentialHeaders.map((name) => name.toLowerCase()),
  'cookie',
  'proxy-authorization',
  'x-kiket-signature',
]);

/** The headers that a handler can see, by lower-case name, without the signature and credentials. */
function handlerHeaders(headers: IncomingHttpHeaders): Headers {
  const shown = Object.entries(headers).filter(([name]) => !hiddenHeaders.has(name));
  return Object.fromEntries(shown.map(([name, value = '']) => [name, String(value)]));
}
