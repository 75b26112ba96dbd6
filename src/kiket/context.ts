import { createClient } from './client.ts';
import { runtimeCredential } from './credentials.ts';
import type { Arrival, DispatchDependencies } from './dispatch.ts';
import { createEndpoints } from './endpoints.ts';
import type { Context, Settings } from './extension.ts';
import { requireScopes } from './scopes.ts';
import { findSecret } from './secrets.ts';

/** Everything a handler gets beside its delivery. Nothing here is a call yet: a handler that makes none pays for none. */
export function createContext<S extends Settings>(
  { manifest, settings, secrets, store, baseUrl }: DispatchDependencies<S>,
  { delivery, headers, now, deadline, log }: Arrival,
): Context<S> {
  const { event, eventVersion, auth } = delivery;
  const { id: extensionId, version: extensionVersion } = manifest;
  const credential = runtimeCredential(auth, now);
  const client = createClient({ baseUrl, credential, extensionId, extensionVersion, eventVersion, deadline });
  const endpoints = createEndpoints(client, { extensionId, eventVersion, now });
  return {
    event,
    eventVersion,
    extensionId,
    extensionVersion,
    headers,
    settings,
    secret: (key) => findSecret(key, delivery.secrets, secrets),
    payloadSecrets: delivery.secrets,
    secrets: endpoints.secrets,
    auth,
    requireScopes: (...scopes) => requireScopes(scopes, auth.scopes),
    client,
    endpoints,
    now,
    signal: deadline.signal,
    log,
    store,
  };
}
