import type { FetchImplementation } from 'jose';
import * as z from 'zod';
import type { AuthenticationContext } from '../schemas.ts';
import { asText, idText, isNumeric } from '../text/values.ts';
import { readAnswer } from './answer.ts';
import { idValue } from '../envelope/schema.ts';
import { untilAborted, type Deadline } from '../deadline.ts';
import { isOrganizationId } from '../delivery.ts';
import { DeliveryError } from '../errors.ts';

/** Where a verified runtime token is valid. */
export interface TokenClaims {
  organizationId: string | undefined;
  projectId: string | undefined;
  /** Its other claims, as handlers see them. */
  auth: Partial<AuthenticationContext>;
}

/**
 * Verifies a runtime token. `undefined` for an opaque one (`rt_…`), which has nothing to verify. Rejects with a
 * {@link DeliveryError}: `token_invalid` or `token_keys_unavailable`.
 */
export type VerifyToken = (
  token: string,
  now: Date,
  deadline: Pick<Deadline, 'signal'>,
) => Promise<TokenClaims> | undefined;

const issuer = 'kiket.dev';
/** How far Kiket's clock and ours may differ, in seconds. */
const leewaySeconds = 60;
const keysMaxAgeMs = 60 * 60 * 1000;
const keysTimeoutMs = 3_000;
/** How long a key stays unknown before the keys are fetched again. A rejected delivery doesn't come back. */
const keysCooldownMs = 1_000;

/**
 * Creates the verifier of JWT runtime tokens (ES256). The keys come from the pinned host, never from one in a body.
 * They're cached for an hour, and fetched again when a token names an unknown key.
 */
export function createTokenVerifier(baseUrl: string): VerifyToken {
  const keysUrl = new URL('/.well-known/jwks.json', baseUrl);
  let loaded: Promise<Verify> | undefined;

  const readClaims = async (token: string, now: Date, { signal }: Pick<Deadline, 'signal'>) => {
    loaded ??= loadVerifier(keysUrl);
    const verify = await loaded;
    signal.throwIfAborted();
    const claims = await untilAborted(verify(token, now), signal);
    const places = z.tuple([organization, id, id]).safeParse([claims['org_id'], claims['proj_id'], claims['ext_id']]);
    if (!places.success) throw new DeliveryError('token_invalid', { cause: places.error });
    const [organizationId, projectId, extensionId] = places.data.map(idText);
    const auth = {
      expiresAt: claimTime(claims['exp']),
      scopes: z.array(z.string()).safeParse(claims['scopes']).data,
      orgId: claimNumber(organizationId),
      extId: claimNumber(extensionId),
      projId: claimNumber(projectId),
    };
    const known = Object.fromEntries(Object.entries(auth).filter(([, value]) => value !== undefined));
    return { organizationId, projectId, auth: known };
  };
  return (token, now, deadline) => (isJwt(token) ? readClaims(token, now, deadline) : undefined);
}

/** Whether a token is a JWT, which has its times of issue and expiry. An opaque one doesn't. */
export function isJwt(token: string): boolean {
  return /^[^.]*\.[^.]*\.[^.]*$/.test(token);
}

const id = idValue.nullish();
const organization = id.refine((value) => isOrganizationId(asText(value) ?? ''));

type Verify = (token: string, now: Date) => Promise<Record<string, unknown>>;

/** Loaded for the first JWT. Opaque tokens don't need it. */
async function loadVerifier(keysUrl: URL): Promise<Verify> {
  // Not all of jose, which also has encryption.
  const [{ createRemoteJWKSet, customFetch }, { JOSEError }, { jwtVerify }] = await Promise.all([
    import('jose/jwks/remote'),
    import('jose/errors'),
    import('jose/jwt/verify'),
  ]);
  // Deliveries share one fetch, so no delivery's deadline ends it.
  const fetchKeys: FetchImplementation = async (url, options) => {
    const response = await fetch(url, options);
    return new Response(await readAnswer(response, 'GET jwks.json'), { status: response.status });
  };
  const fetching = {
    timeoutDuration: keysTimeoutMs,
    cooldownDuration: keysCooldownMs,
    cacheMaxAge: keysMaxAgeMs,
    [customFetch]: fetchKeys,
  };
  const keys = createRemoteJWKSet(keysUrl, fetching);
  const keysFailed = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);
  return async (token, now) => {
    try {
      const options = { algorithms: ['ES256'], issuer, clockTolerance: leewaySeconds, currentDate: now };
      const { payload } = await jwtVerify(token, keys, { ...options, requiredClaims: ['exp', 'iat'] });
      return payload;
    } catch (error) {
      const isInvalid = error instanceof JOSEError && !keysFailed.has(error.code);
      throw new DeliveryError(isInvalid ? 'token_invalid' : 'token_keys_unavailable', { cause: error });
    }
  };
}

function claimTime(seconds: unknown): string | undefined {
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function claimNumber(claim: string | undefined): number | undefined {
  const number = claim !== undefined && isNumeric(claim) ? Number(claim) : undefined;
  return Number.isSafeInteger(number) ? number : undefined;
}
