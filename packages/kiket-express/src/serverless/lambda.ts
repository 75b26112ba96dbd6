import type { Settings } from '../extension/extension.ts';
import { isObject } from '../text/values.ts';
import type { Served } from '../server/server.ts';
import { createServerless, type AnswerEvent, type HttpAnswer, type HttpEvent } from './serverless.ts';

/** What a Lambda handler gets about its run. Local emulators may not tell the remaining time. */
export interface LambdaContext {
  getRemainingTimeInMillis?: () => number;
}

/** What AWS Lambda calls. */
export type LambdaHandler = (event: HttpEvent, context?: LambdaContext) => Promise<HttpAnswer>;

/**
 * Serves an extension on AWS Lambda behind a function URL or an HTTP API (payload format 2.0).
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function lambda<S extends Settings>(served: Served<S>): LambdaHandler {
  return lambdaHandler(createServerless(served, process.env));
}

/** Creates the handler. */
export function lambdaHandler(answer: AnswerEvent): LambdaHandler {
  return (event, context) => {
    const remainingMs = context?.getRemainingTimeInMillis?.() ?? Infinity;
    return answer(withoutStage(event), performance.now() + remainingMs);
  };
}

/**
 * A stage of an HTTP API precedes the path: `/prod/webhook`. `$default`, which function URLs also have, doesn't.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
 */
function withoutStage(event: HttpEvent): HttpEvent {
  // Lambda's console sends whatever is entered there, including null.
  if (!isObject(event)) return event;
  const prefix = `/${event.requestContext?.stage ?? ''}`;
  const { rawPath } = event;
  if (typeof rawPath !== 'string') return event;
  if (rawPath === prefix) return { ...event, rawPath: '/' };
  return rawPath.startsWith(`${prefix}/`) ? { ...event, rawPath: rawPath.slice(prefix.length) } : event;
}
