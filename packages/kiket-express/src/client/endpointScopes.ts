import type { CustomDataClient } from './customData.ts';
import type { ExtensionEndpoints, SlaEventsClient } from './endpoints.ts';
import type { IssuesClient } from './issues.ts';
import type { ExtensionSecretManager } from './secretManager.ts';

/** A scope as manifests write it, or `null` for what every token may. */
type Scopes<Client> = Readonly<Record<keyof Client, string | null>>;

/** The endpoints of which Kiket's sources name no scope: single calls, intake forms and the audit log. */
type Unscoped = Omit<ExtensionEndpoints, 'issues' | 'secrets' | 'customData' | 'slaEvents'>;

/**
 * What each call of `context.endpoints` needs: by client and method, as the manifest's `permissions` name it. Lint compares
 * it with the manifest. A call that is missing here is a type error.
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
