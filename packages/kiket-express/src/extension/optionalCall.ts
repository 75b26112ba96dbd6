import { missingScopes } from '../client/scopes.ts';
import { DeliveryError, type ProblemCode } from '../errors.ts';
import type { Context } from './extension.ts';

/** Errors that a redelivery wouldn't fix; the installation has to. */
const lasting: ReadonlySet<ProblemCode> = new Set(['kiket_refused', 'credential_missing']);

/**
 * Makes an optional call to Kiket. If the installation doesn't allow it, it's logged and the result is `undefined`. If
 * Kiket is down, it throws, so that Kiket delivers again.
 *
 * @param scope what the call needs, such as `comments:write`
 */
export async function optionalCall<Answer>(
  { auth, log }: Pick<Context, 'auth' | 'log'>,
  scope: string,
  call: () => Promise<Answer>,
): Promise<Answer | undefined> {
  if (auth.runtimeToken === '') {
    log.info({ scope }, 'Kiket was not called: the delivery has no token');
    return undefined;
  }
  if (missingScopes([scope], auth.scopes).length > 0) {
    log.warn({ scope }, 'Kiket was not called: the token lacks a scope');
    return undefined;
  }
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof DeliveryError) || !lasting.has(error.code)) throw error;
    log.warn({ scope, err: error }, 'Kiket refused a call');
    return undefined;
  }
}
