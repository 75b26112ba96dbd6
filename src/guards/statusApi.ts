import * as z from 'zod';
import { DeliveryError, parseAnswer, readAnswer, shorten } from 'kiket-express';

/** One check of an issue. */
export interface Check {
  name: string;
  state: 'green' | 'running' | 'red';
}

const states = { success: 'green', pending: 'running', failure: 'red', error: 'red' } as const;
const stateSchema = z.enum(['success', 'pending', 'failure', 'error']);

const checkSchema = z
  .object({ context: z.string(), state: stateSchema })
  .transform(({ context, state }): Check => ({ name: shorten(context, 100), state: states[state] }));

/**
 * GitHub's combined status, which other services offer too:
 * https://docs.github.com/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
 */
const combinedStatusSchema = z
  .object({
    state: stateSchema.optional(),
    total_count: z.number().optional(),
    statuses: z.array(z.unknown()).max(1_000).pipe(z.array(checkSchema)), // more would delay everyone
  })
  .refine(
    ({ total_count: total = 0, statuses }) => total <= statuses.length,
    'total_count is higher than the number of checks sent.',
  )
  .refine(
    ({ state, statuses }) => state === undefined || agrees(states[state], statuses),
    'state contradicts the list of checks.',
  );

/**
 * Asks a status API for checks. Throws a {@link DeliveryError} `service_unavailable` unless it answers with all of them.
 *
 * @param options `token`, if there is one, is sent as a bearer token; `signal` ends the call
 */
export async function askChecks(
  address: string,
  { token, signal }: { token: string | undefined; signal: AbortSignal },
): Promise<readonly Check[]> {
  const url = new URL(address);
  // The most that GitHub sends in one answer.
  if (!url.searchParams.has('per_page')) url.searchParams.set('per_page', '100');
  try {
    // A redirect could take the token elsewhere.
    const headers = { Accept: 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
    const response = await fetch(url, { headers, signal, redirect: 'error' });
    // A hundred of GitHub's checks take up a third of that, and reading more delays everyone.
    const text = await readAnswer(response, 'GET checks_url', 512 * 1024);
    if (!response.ok) throw new Error(`The status API answered ${response.status}.`);
    if (/rel\s*=[^;,]{0,99}next/i.test(response.headers.get('Link') ?? '')) throw new Error('There are more checks.');
    return combinedStatusSchema.parse(parseAnswer(text, 'GET checks_url', response.status)).statuses;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new DeliveryError('service_unavailable', { cause: error });
  }
}

/** Whether the overall state is that of the worst check. Without any checks it's `pending`. */
function agrees(state: Check['state'], checks: readonly Check[]): boolean {
  if (checks.some((check) => check.state === 'red')) return state === 'red';
  const isRunning = checks.length === 0 || checks.some((check) => check.state === 'running');
  return state === (isRunning ? 'running' : 'green');
}

/** The setting that says where to ask for checks: empty, or an address that can be trusted with a token. */
export const checksUrl = z
  .string()
  .refine(isChecksUrl, 'must be an https URL with {issue} in its path or query, and without a user or password.');

function isChecksUrl(text: string): boolean {
  if (text === '') return true;
  // What follows # is never sent, so every issue would get the same request.
  if (!URL.canParse(text) || /\s/.test(text) || !text.replace(/#.*/s, '').includes('{issue}')) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isLocal = protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  // An issue never decides which host gets the token.
  return (protocol === 'https:' || isLocal) && !hostname.includes('{') && username === '' && password === '';
}
