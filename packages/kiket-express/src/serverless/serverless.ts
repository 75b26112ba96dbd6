import type { IncomingMessage } from 'node:http';
import serverless from 'serverless-http';
import type { Settings } from '../extension/extension.ts';
import type { Environment } from '../server/config.ts';
import { openKiket, type OpenKiket } from '../server/open.ts';
import { kiketTimeoutMs, Deadline, hostTimes, marginMs, untilAborted, type HostTime } from '../deadline.ts';
import { DeliveryError, SetupError } from '../errors.ts';
import { listenerOf, type Served } from '../server/server.ts';
import { describeProblems } from '../server/setup.ts';

/** A request as Lambda's function URLs describe it (payload format 2.0). The body is text or bytes. */
export interface HttpEvent {
  version: '2.0';
  rawPath: string;
  rawQueryString: string;
  headers: Readonly<Record<string, string | undefined>>;
  requestContext: { http: { method: string }; stage?: string };
  body?: string | Buffer;
  isBase64Encoded: boolean;
}

/** The answer with all its headers. */
export interface HttpAnswer {
  statusCode: number;
  headers?: Record<string, boolean | number | string>;
  body: string;
}

/** Answers a request. */
export type AnswerEvent = (event: HttpEvent | Promise<HttpEvent>, endsAt?: number) => Promise<HttpAnswer>;

/** How long an answer waits for background work, in milliseconds, because the instance freezes after it. */
const settleWithinMs = 1_000;

/** How often an instance deletes old rows, in milliseconds. */
const pruneEveryMs = 60 * 60 * 1000;

/**
 * Creates the extension of an instance that freezes between requests. The first request opens it, and it stays open. It
 * runs no timers between answers, and finishes background work before it answers. It always runs in production mode.
 *
 * The returned function takes a request and when its instance ends, in `performance.now()` time. It never throws: if
 * the extension can't be opened, it prints why on standard error and answers 503, and the next request tries again.
 * Tests can pass a smaller `openIt`.
 */
export function createServerless<S extends Settings>(
  served: Served<S>,
  env: Environment,
  openIt: typeof openKiket = openKiket,
): AnswerEvent {
  let opening: Promise<OpenFunction> | undefined;
  const open = () => {
    opening ??= openFunction(served, { ...env, NODE_ENV: 'production' }, openIt).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return async (event, endsAt = Infinity) => {
    const arrivedAt = performance.now();
    const hostTime = { arrivedAt, endsAt: Math.min(endsAt, arrivedAt + kiketTimeoutMs) };
    const limit = new Deadline(hostTime.endsAt - marginMs - arrivedAt);
    try {
      const arrived = await untilAborted(Promise.resolve(event), limit.signal).catch(explainStall);
      const { answer, settle } = await untilAborted(open(), limit.signal).catch(explainLateness);
      const answered = await answer(arrived, hostTime);
      await settle(Math.min(settleWithinMs, hostTime.endsAt - performance.now()));
      return answered;
    } catch (error) {
      if (error instanceof DeliveryError && error.httpStatus < 500) return refuse(error);
      const problem = error instanceof SetupError ? error : new SetupError([String(error)]);
      process.stderr.write(describeProblems(problem));
      return refuse(new DeliveryError('not_started'));
    } finally {
      limit.clear();
    }
  };
}

/** A request waits for the rest of its body. */
function explainStall(error: unknown): never {
  const isLate = error instanceof DeliveryError && error.code === 'deadline_exceeded';
  throw isLate ? new DeliveryError('body_incomplete') : error;
}

/** Opening waits for the database. */
function explainLateness(error: unknown): never {
  if (!(error instanceof DeliveryError)) throw error;
  throw new SetupError([
    "The database didn't answer in time. Check that it's running and that this function can reach it.",
  ]);
}

interface OpenFunction {
  answer: (event: HttpEvent, hostTime: HostTime) => Promise<HttpAnswer>;
  settle: (withinMs: number) => Promise<void>;
}

async function openFunction<S extends Settings>(
  { createApp, ...project }: Served<S>,
  env: Environment,
  openIt: typeof openKiket,
): Promise<OpenFunction> {
  const kiket = await openIt(project, env, { hasDisk: false });
  const request = (incoming: IncomingMessage, _event: unknown, hostTime: HostTime) => {
    hostTimes.set(incoming, hostTime);
  };
  const listener = listenerOf(createApp?.(kiket), kiket);
  const handle = serverless(listener, { request, binary: false });
  const prune = createPruning(kiket);
  return {
    answer: async (event, hostTime) => {
      try {
        return (await handle(event, hostTime)) as HttpAnswer;
      } catch (error) {
        kiket.log.error({ err: error }, 'the event is not an HTTP request');
        return refuse(new DeliveryError('handler_failed'));
      }
    },
    settle: async (withinMs) => {
      await Promise.all([kiket.settle(withinMs), prune(withinMs)]);
    },
  };
}

/** Deletes old rows if that hasn't been done for an hour, for at most this many milliseconds. */
function createPruning({ prune }: OpenKiket): (withinMs: number) => Promise<void> {
  let dueAt = 0;
  return async (withinMs) => {
    if (Date.now() < dueAt) return;
    dueAt = Date.now() + pruneEveryMs;
    const deadline = new Deadline(withinMs);
    await untilAborted(prune(deadline.signal), deadline.signal).catch(() => {});
    deadline.clear();
  };
}

/** The documented answer to an error, without an app. */
function refuse({ code, message, httpStatus }: DeliveryError): HttpAnswer {
  const retry = httpStatus === 503 ? { 'retry-after': '1' } : {};
  const headers = { 'content-type': 'application/json; charset=utf-8', ...retry };
  return { statusCode: httpStatus, headers, body: JSON.stringify({ error: { code, message } }) };
}
