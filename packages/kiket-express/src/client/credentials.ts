import { readTime } from '../text/time.ts';
import type { AuthenticationContext } from '../schemas.ts';

/** What identifies the caller: exactly one header. */
export interface Credential {
  header: string;
  value: string;
  /** The bare secret, which must not appear in errors. */
  secret: string;
}

/** The static credentials of the environment, for work outside a delivery. */
export interface StaticCredentials {
  /** `KIKET_EXTENSION_API_KEY`. */
  extensionApiKey: string | undefined;
  /** `KIKET_WORKSPACE_TOKEN`. */
  workspaceToken: string | undefined;
}

/** All headers that identify a caller. A call has at most one of them. */
export const credentialHeaders = ['X-Kiket-Runtime-Token', 'X-Kiket-API-Key', 'Authorization'] as const;

/** How far Kiket's clock and ours may differ before a token counts as expired, in milliseconds. */
const leewayMs = 60_000;

/**
 * The credential of a delivery is its runtime token (guide, section 5). There's no fallback to a static credential,
 * which belongs to one installation while the delivery may belong to another. `undefined` without a token, or if it has
 * expired.
 */
export function runtimeCredential(
  { runtimeToken, expiresAt }: AuthenticationContext,
  now: Date,
): Credential | undefined {
  const expiry = readTime(expiresAt ?? '');
  const isExpired = expiry !== undefined && expiry.getTime() + leewayMs < now.getTime();
  // A token has to fit in a header.
  if (isExpired || !/^[\x21-\x7e]+$/.test(runtimeToken)) return undefined;
  return { header: 'X-Kiket-Runtime-Token', value: runtimeToken, secret: runtimeToken };
}

/** The credential for work outside a delivery: the extension's key, or else the workspace token. */
export function staticCredential({ extensionApiKey, workspaceToken }: StaticCredentials): Credential | undefined {
  if (extensionApiKey !== undefined) {
    return { header: 'X-Kiket-API-Key', value: extensionApiKey, secret: extensionApiKey };
  }
  if (workspaceToken === undefined) return undefined;
  return { header: 'Authorization', value: `Bearer ${workspaceToken}`, secret: workspaceToken };
}
