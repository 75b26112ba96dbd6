import { randomBytes, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { tokenPlace } from './extension.ts';
import type { Faults } from './faults.ts';

/** The scopes of a runtime token, and when it expires. */
export interface Grant {
  organizationId: number;
  projectId: number;
  scopes: readonly string[];
  expiresAt: Date;
}

/** Creates and verifies runtime tokens, one for each attempt of a delivery. They don't outlast the process. */
export interface Tokens {
  /** The `authentication` block of a delivery (guide, "Runtime token payload"). */
  mint: (
    grant: Omit<Grant, 'expiresAt'>,
    options: Pick<Faults, 'token' | 'expired_token'>,
    now: Date,
  ) => Promise<object>;
  find: (token: string) => Grant | undefined;
  /** The answer of `/.well-known/jwks.json`. */
  keys: { keys: JWK[] };
}

/** How long a token is valid, in milliseconds (guide, section 5). */
const lifetimeMs = 15 * 60 * 1000;

/** Creates a mint with its own signing key. */
export async function createTokens(): Promise<Tokens> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const kid = randomUUID();
  const grants = new Map<string, Grant>();

  async function write({ scopes, expiresAt, ...place }: Grant, form: Faults['token'], now: Date): Promise<string> {
    if (form === 'opaque') return `rt_${randomBytes(24).toString('base64url')}`;
    const claims = tokenPlace(place);
    return new SignJWT({ ...claims, scopes, src: 'webhook' })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid })
      .setIssuer('kiket.dev')
      .setSubject(`installation:${claims.pi_id}`)
      .setIssuedAt(now)
      .setExpirationTime(expiresAt)
      .setJti(randomUUID())
      .sign(privateKey);
  }

  return {
    mint: async (granted, { token: form, expired_token: isExpired }, now) => {
      const expiresAt = new Date(now.getTime() + (isExpired ? -lifetimeMs : lifetimeMs));
      const grant = { ...granted, expiresAt };
      const token = await write(grant, form, now);
      grants.set(token, grant);
      const { scopes } = granted;
      return { token_type: 'runtime', runtime_token: token, expires_at: expiresAt.toISOString(), scopes };
    },
    find: (token) => grants.get(token),
    keys: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] },
  };
}
