import * as z from 'zod';
import { DeliveryError } from '../kiket/errors.ts';

/** One check of an issue. */
export interface Check {
  name: string;
  state: 'green' | 'running' | 'red';
}

/**
 * GitHub's combined status, which others speak too:
 * https://docs.github.com/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
 */
const combinedStatusSchema = z.object({
  statuses: z.array(
    z
      .object({ context: z.string(), state: z.enum(['success', 'pending', 'failure', 'error']) })
      .transform(({ context, state }): Check => ({ name: context, state: states[state] })),
  ),
});

const states = { success: 'green', pending: 'running', failure: 'red', error: 'red' } as const;

/**
 * Asks a status API for checks. Throws a {@link DeliveryError} `service_unavailable` unless it answers with them.
 *
 * @param options `token` goes along as a bearer token, if there is one; `signal` ends the call
 */
export async function askChecks(
  url: string,
  { token, signal }: { token: string | undefined; signal: AbortSignal },
): Promise<readonly Check[]> {
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  try {
    // A redirect could take the token elsewhere.
    const headers = { Accept: 'application/json', ...authorization };
    const response = await fetch(url, { headers, signal, redirect: 'error' });
    if (!response.ok) throw new Error(`The status API answers ${response.status}.`);
    return combinedStatusSchema.parse(await response.json()).statuses;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new DeliveryError('service_unavailable', { cause: error });
  }
}
