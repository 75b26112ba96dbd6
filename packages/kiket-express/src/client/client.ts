import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import { parseAnswer, readAnswer, readHoldMs, readRetryAfterMs } from './answer.ts';
import { credentialHeaders, type Credential } from './credentials.ts';
import { Deadline } from '../deadline.ts';
import { DeliveryError } from '../errors.ts';
import { KiketError } from './kiketError.ts';
import { readOnly } from '../extension/readOnly.ts';

/** Options of a call. The Kiket SDK's `RequestOptions`. */
export interface RequestOptions {
  /** Additional headers. With an `Idempotency-Key`, writes are retried like GETs. */
  headers?: Record<string, string>;
  /** How long the whole call may take, retries included, in milliseconds (3,000 by default). */
  timeout?: number;
  /** The query parameters. */
  params?: Record<string, string>;
}

/**
 * Calls Kiket's REST API; the Kiket SDK's `KiketClient`. Every call throws a {@link KiketError} unless Kiket answers
 * 2xx, a {@link DeliveryError} `credential_missing` if there's no credential, and the deadline's reason after the
 * deadline. An empty answer is `undefined`. Answers aren't checked against `T`; those of the calls in endpoints.ts are.
 */
export interface KiketClient {
  get<T>(path: string, options?: RequestOptions): Promise<T>;
  post<T>(path: string, data?: unknown, options?: RequestOptions): Promise<T>;
  put<T>(path: string, data?: unknown, options?: RequestOptions): Promise<T>;
  patch<T>(path: string, data?: unknown, options?: RequestOptions): Promise<T>;
  delete<T>(path: string, options?: RequestOptions): Promise<T>;
  /** Does nothing; it exists for handlers that call it. The process manages connections. */
  close(): Promise<void>;
}

/** What a client needs. */
export interface ClientOptions {
  /** `KIKET_BASE_URL`: the only host that is called. */
  baseUrl: string;
  credential: Credential | undefined;
  /** How long a call may take by default, in milliseconds (3,000). */
  timeoutMs?: number;
  extensionId: string;
  extensionVersion: string;
  /** The version of the event being handled. */
  eventVersion?: string;
  /** Aborts at the delivery's deadline, and with it every call. */
  deadline?: Pick<Deadline, 'signal' | 'endsAt'>;
}

/** How long a call may take, in milliseconds. A guard has at most 8.5 seconds, and may need several calls. */
const defaultTimeoutMs = 3_000;
const maxRetries = 2;
const firstRetryMs = 100;
/** Statuses worth a retry. A 500 seldom passes soon, so it's left to Kiket's next delivery. */
const retriedStatuses: ReadonlySet<number | undefined> = new Set([undefined, 429, 502, 503, 504]);

/**
 * Creates a client. It costs nothing until it's used. When the rate limit is exceeded, its next call waits for the
 * reset, or fails at once if there's no time to wait. Each installation has its own limit, so other clients don't wait.
 */
export function createClient(options: ClientOptions): KiketClient {
  const limit: RateLimit = { heldUntil: 0 };
  const send = (method: string, path: string, { data, ...request }: RequestOptions & { data?: unknown }) =>
    call(options, limit, { method, path, data, ...request }) as Promise<never>;
  return readOnly<KiketClient>({
    get: (path, request) => send('GET', path, { ...request }),
    post: (path, data, request) => send('POST', path, { ...request, data }),
    put: (path, data, request) => send('PUT', path, { ...request, data }),
    patch: (path, data, request) => send('PATCH', path, { ...request, data }),
    delete: (path, request) => send('DELETE', path, { ...request }),
    close: async () => {},
  });
}

/** What a client knows about the rate limit. */
interface RateLimit {
  /** When the next call is possible, in `performance.now()` time. */
  heldUntil: number;
}

type Call = RequestOptions & { method: string; path: string; data: unknown };

async function call(options: ClientOptions, rateLimit: RateLimit, request: Call): Promise<unknown> {
  const { signal: outer, endsAt = Infinity } = options.deadline ?? {};
  const { credential } = options;
  if (credential === undefined) throw new DeliveryError('credential_missing');
  const url = pinnedUrl(options.baseUrl, request);
  const headers = headersOf(options, credential, request);
  const limit = new Deadline(request.timeout ?? options.timeoutMs ?? defaultTimeoutMs);
  const signal = outer === undefined ? limit.signal : AbortSignal.any([outer, limit.signal]);
  const isRepeatable = request.method === 'GET' || headers.has('idempotency-key');
  try {
    const attemptOnce = async () => {
      await waitForLimit(rateLimit, request, { signal, endsAt: Math.min(limit.endsAt, endsAt) });
      return attempt({ url, headers, signal, credential, request, rateLimit });
    };
    return await pRetry(attemptOnce, {
      retries: isRepeatable ? maxRetries : 0,
      minTimeout: firstRetryMs,
      randomize: true,
      signal,
      shouldRetry: async ({ error }) => {
        if (!(error instanceof KiketError) || !retriedStatuses.has(error.status)) return false;
        const { retryAfterMs = 0 } = error;
        if (performance.now() + retryAfterMs >= Math.min(limit.endsAt, endsAt)) return false;
        await wait(retryAfterMs, undefined, { signal });
        return true;
      },
    });
  } catch (error) {
    outer?.throwIfAborted();
    if (!limit.signal.aborted || error instanceof KiketError) throw error;
    throw new KiketError({ call: nameOf(request), text: 'No answer in time.', cause: error });
  } finally {
    limit.clear();
  }
}

/** Waits until Kiket accepts calls again, or throws a {@link KiketError} if there's no time for that. */
async function waitForLimit(
  { heldUntil }: RateLimit,
  request: Call,
  { signal, endsAt }: Pick<Deadline, 'signal' | 'endsAt'>,
): Promise<void> {
  const retryAfterMs = heldUntil - performance.now();
  if (retryAfterMs <= 0) return;
  if (heldUntil >= endsAt)
    throw new KiketError({ call: nameOf(request), text: 'The rate limit is exceeded.', retryAfterMs });
  await wait(retryAfterMs, undefined, { signal });
}

interface Attempt {
  rateLimit: RateLimit;
  url: URL;
  headers: Headers;
  signal: AbortSignal;
  credential: Credential;
  request: Call;
}

async function attempt({ rateLimit, url, headers, signal, credential, request }: Attempt): Promise<unknown> {
  const { method, data } = request;
  const body = data === undefined ? null : JSON.stringify(data);
  const name = nameOf(request);
  try {
    // A redirect could send the credential to another host.
    const response = await fetch(url, { method, headers, body, signal, redirect: 'manual' });
    const holdMs = readHoldMs(response.headers);
    if (holdMs !== undefined) rateLimit.heldUntil = performance.now() + holdMs;
    const text = await readAnswer(response, name);
    if (response.ok) return parseAnswer(text, name, response.status);
    throw new KiketError({
      call: name,
      status: response.status,
      text: text.replaceAll(credential.secret, '[redacted]'),
      retryAfterMs: readRetryAfterMs(response.headers),
    });
  } catch (error) {
    if (error instanceof KiketError || signal.aborted) throw error;
    throw new KiketError({ call: name, text: 'No answer.', cause: error });
  }
}

/** The call as errors quote it, without parameters, which can be about people. */
function nameOf({ method, path }: Call): string {
  return `${method} ${path.replace(/\?.*/s, '')}`;
}

/**
 * The URL of a path at the pinned host. Throws for a path that leads elsewhere (`//host`, `../server`, a whole URL).
 */
function pinnedUrl(baseUrl: string, { path, params = {} }: Call): URL {
  const { origin } = new URL(baseUrl);
  const url = new URL(path, origin);
  if (url.origin !== origin || url.pathname !== path.replace(/[?#].*/s, '')) {
    throw new TypeError(
      'The path of a call must start with one slash and be percent-encoded, such as /api/v1/ext/issues.',
    );
  }
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url;
}

function headersOf(options: ClientOptions, credential: Credential, request: Call): Headers {
  const headers = new Headers(request.headers);
  for (const name of credentialHeaders) headers.delete(name);
  headers.set(credential.header, credential.value);
  headers.set('Accept', 'application/json');
  headers.set('User-Agent', `${options.extensionId}/${options.extensionVersion}`);
  if (options.eventVersion !== undefined) headers.set('X-Kiket-Event-Version', options.eventVersion);
  if (request.data !== undefined) headers.set('Content-Type', 'application/json');
  return headers;
}
