import type { Platform } from '../platform.ts';
import type { Workflow } from '../workflow.ts';

/** Who calls, and what they may see and do. */
export interface Caller {
  /** The one project that a runtime token is for; `undefined` for credentials of the whole organization. */
  projectId: number | undefined;
  scopes: readonly string[];
  /** What rate limits and idempotency keys are counted by. */
  name: string;
}

/** One authorised call. */
export interface Call {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
  body: unknown;
  caller: Caller;
}

/** What a call is answered with; 200 by default. */
export interface Reply {
  status?: number;
  body?: unknown;
}

/** One endpoint of the REST API. */
export interface Endpoint {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  /** The scope that it needs, as `resource:verb`; without one any credential will do. */
  scope?: string;
  /** Whether it asks for no credential at all. */
  isOpen?: boolean;
  handle: (call: Call) => Promise<Reply>;
}

/** What endpoints are made of. */
export interface ApiDependencies {
  platform: Platform;
  workflow: Workflow;
}
