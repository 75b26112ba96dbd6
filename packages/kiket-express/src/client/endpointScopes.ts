import type { CustomDataClient } from './customData.ts';
import type { ExtensionEndpoints, SlaEventsClient } from './endpoints.ts';
import type { IssuesClient } from './issues.ts';
import type { ExtensionSecretManager } from './secretManager.ts';

/** A scope as in manifests, or `null` for calls that every token can make. */
type Scopes<Client> = Readonly<Record<keyof Client, string | null>>;

/** Endpoints for which Kiket documents no scope: single calls, intake forms and the audit log. */
type Unscoped = Omit<ExtensionEndpoints, 'issues' | 'secrets' | 'customData' | 'slaEvents'>;

/**
 * The scope of each call in `context.endpoints`, by client and method, as in the manifest's `permissions`. Lint
 * compares it with the manifest. A missing call is a type error.
 */
export const endpointScopes: {
  readonly issues: Scopes<IssuesClient>;
  readonly secrets: Scopes<ExtensionSecretManager>;
  readonly customData: Scopes<CustomDataClient>;
  readonly slaEvents: Scopes<SlaEventsClient>;
  readonly endpoints: Scopes<Unscoped>;
} = {
  issues: {
    get: 'issues:read',
    list: 'issues:read',
    create: 'issues:write',
    update: 'issues:write',
    transition: 'issues:write',
    comment: 'comments:write',
  },
  secrets: {
    get: 'secrets:read',
    list: 'secrets:read',
    set: 'secrets:write',
    delete: 'secrets:write',
    rotate: 'secrets:write',
  },
  customData: {
    get: 'custom_data:read',
    list: 'custom_data:read',
    create: 'custom_data:write',
    update: 'custom_data:write',
    delete: 'custom_data:write',
  },
  slaEvents: { list: 'issues:read' },
  endpoints: {
    audit: null,
    getMetadata: null,
    intakeForms: null,
    logEvent: null,
    notify: null,
    rateLimit: null,
    receiveEmail: null,
    webhookUrl: null,
  },
};
