import { readTime } from '../text/time.ts';
import type { AuthenticationContext } from '../schemas.ts';

/** What a call identifies itself with: exactly one header. */
export interface Credential {
  header: string;
  value: string;
  /** The bare secret, which no error may quote. */
  secret: string;
}

/** The static credentials of the environment, for work outside a delivery. */
export interface StaticCredentials {
  /** `KIKET_EXTENSION_API_KEY`. */
  extensionApiKey: string | undefined;
  /** `KIKET_WORKSPACE_TOKEN`. */
  workspaceToken: string | undefined;
}

/** Every header that identifies a caller. A call carries one of them at most. */
export const credentialHeaders = ['X-Kiket-Runtime-Token', 'X-Kiket-API-Key', 'Authorization'] as const;

/** How far Kiket's clock and ours may differ before a token counts as expired, in milliseconds. */
const leewayMs = 60_000;

/**
 * The credential of a delivery is its runtime token and nothing else (guide, section 5). There is no falling back to a
 * static one: that belongs to one installation, and the delivery may be another's. `undefined` if the delivery brought no
 * token, or one that is known to have expired.
 */
export function runtimeCredential(
  { runtimeToken, expiresAt }: AuthenticationContext,
  now: Date,
): Credential | undefined {
  const expiry = readTime(expiresAt ?? '');
  const isExpired = expiry !== undefined && expiry.getTime() + leewayMs < now.getTime();
  // What cannot stand in a header is no token.
  if (isExpired || !/^[\x21-\x7e]+$/.test(runtimeToken)) return undefined;
  return { header: 'X-Kiket-Runtime-Token', value: runtimeToken, secret: runtimeToken };
}

/** The credential for work outside a delivery: the extension's key, else the workspace's token. */
export function staticCredential({ extensionApiKey, workspaceToken }: StaticCredentials): Credential | undefined {
  if (extensionApiKey !== undefined) {
    return { header: 'X-Kiket-API-Key', value: extensionApiKey, secret: extensionApiKey };
  }
  if (workspaceToken === undefined) return undefined;
  return { header: 'Authorization', value: `Bearer ${workspaceToken}`, secret: workspaceToken };
}
