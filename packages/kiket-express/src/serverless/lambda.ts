import type { Context, LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { createServerless, type HttpEvent } from './serverless.ts';

const answer = createServerless(process.env);

/**
 * AWS Lambda behind a function URL or an HTTP API (payload format 2.0).
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 *
 * @param context what stands in for Lambda on a laptop may give none, or one that tells no time
 */
export async function handler(
  event: LambdaFunctionURLEvent,
  context?: Partial<Context>,
): Promise<LambdaFunctionURLResult> {
  const remainingMs = context?.getRemainingTimeInMillis?.() ?? Infinity;
  return answer(withoutStage(event as HttpEvent), performance.now() + remainingMs);
}

/**
 * A stage of an HTTP API is in front of the path: `/prod/webhook`. `$default`, which function URLs have as well, is not.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
 */
function withoutStage(event: HttpEvent): HttpEvent {
  const prefix = `/${event.requestContext?.stage ?? ''}`;
  const { rawPath } = event;
  if (rawPath === prefix) return { ...event, rawPath: '/' };
  return rawPath?.startsWith(`${prefix}/`) ? { ...event, rawPath: rawPath.slice(prefix.length) } : event;
}
