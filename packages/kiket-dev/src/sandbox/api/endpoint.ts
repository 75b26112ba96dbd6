import type { Platform } from '../platform.ts';
import type { Workflow } from '../workflow.ts';

/** The caller, and what they can see and do. */
export interface Caller {
  /** The project that a runtime token is for; `undefined` for credentials of the whole organization. */
  projectId: number | undefined;
  scopes: readonly string[];
  /** The key for rate limits and idempotency keys. */
  name: string;
}

/** One authorised call. */
export interface Call {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
  body: unknown;
  caller: Caller;
}

/** The answer to a call; 200 by default. */
export interface Reply {
  status?: number;
  body?: unknown;
}

/** One endpoint of the REST API. */
export interface Endpoint {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  /** The scope that it requires, as `resource:verb`; with `null`, any credential works. */
  scope: string | null;
  /** Whether it requires no credential. */
  isOpen?: boolean;
  handle: (call: Call) => Promise<Reply>;
}

/** Makes an {@link Endpoint}, which reads as one line and what it does. */
export function endpoint(
  method: Endpoint['method'],
  path: string,
  scope: Endpoint['scope'],
  handle: Endpoint['handle'],
): Endpoint {
  return { method, path, scope, handle };
}

/** What endpoints need. */
export interface ApiDependencies {
  platform: Platform;
  workflow: Workflow;
}
