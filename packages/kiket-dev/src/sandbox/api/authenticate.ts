import type { Request } from 'express';
import type { Platform } from '../platform.ts';
import { Refusal } from '../refusal.ts';
import type { Caller } from './endpoint.ts';

/** Long-lived credentials of the installation. */
export interface Credentials {
  /** `KIKET_EXTENSION_API_KEY`. */
  apiKey: string;
  /** `KIKET_WORKSPACE_TOKEN`. */
  workspaceToken: string;
}

/** Identifies the caller, or throws a {@link Refusal} that says which credential is wrong. */
export function authenticate({ tokens, now }: Platform, credentials: Credentials, request: Request): Caller {
  const token = request.get('x-kiket-runtime-token');
  const key = request.get('x-kiket-api-key');
  const bearer = /^Bearer (?<token>.+)$/i.exec(request.get('authorization') ?? '')?.groups?.['token'];
  const given = [token, key, bearer].filter((each) => each !== undefined);
  if (given.length === 0) {
    throw new Refusal(401, 'CREDENTIAL_MISSING', 'Send X-Kiket-Runtime-Token, X-Kiket-API-Key or a bearer token.');
  }
  if (given.length > 1) {
    throw new Refusal(400, 'CREDENTIAL_AMBIGUOUS', 'Send one credential, not several.');
  }
  if (key === credentials.apiKey) return { projectId: undefined, scopes: ['*'], name: 'api key' };
  if (bearer === credentials.workspaceToken) return { projectId: undefined, scopes: ['*'], name: 'workspace token' };

  const grant = token === undefined ? undefined : tokens.find(token);
  if (grant === undefined)
    throw new Refusal(401, 'CREDENTIAL_UNKNOWN', "Unknown credential: this sandbox didn't issue it.");
  if (grant.expiresAt <= now()) {
    throw new Refusal(401, 'TOKEN_EXPIRED', `The runtime token expired at ${grant.expiresAt.toISOString()}.`);
  }
  const { projectId, scopes } = grant;
  return { projectId, scopes, name: `runtime tokens of project ${projectId}` };
}
