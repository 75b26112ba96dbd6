import { missingScopes } from '../client/scopes.ts';
import { DeliveryError, type ProblemCode } from '../errors.ts';
import type { Context } from './extension.ts';

/** What another delivery would not mend: the installation has to. */
const lasting: ReadonlySet<ProblemCode> = new Set(['kiket_refused', 'credential_missing']);

/**
 * Makes a call to Kiket that is good to have. Where the installation does not let us, the log says so, and the answer is
 * `undefined`. A Kiket that is down throws, so that the delivery comes again.
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
