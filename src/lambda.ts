import type { Context, LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { createServerless, type AnswerEvent, type HttpEvent } from './serverless.ts';

/** What Lambda calls. What stands in for Lambda on a laptop may give no context, or one that tells no time. */
type LambdaHandler = (event: LambdaFunctionURLEvent, context?: Partial<Context>) => Promise<LambdaFunctionURLResult>;

/** Makes the handler of what answers. */
export function createHandler(answer: AnswerEvent): LambdaHandler {
  return (event, context) => {
    const remainingMs = context?.getRemainingTimeInMillis?.() ?? Infinity;
    return answer(withoutStage(event as HttpEvent), performance.now() + remainingMs);
  };
}

/**
 * AWS Lambda behind a function URL or an HTTP API (payload format 2.0).
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export const handler = createHandler(createServerless(process.env));

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
