import type { Context, LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { createServerless, type HttpEvent } from './serverless.ts';

const answer = createServerless(process.env);

/**
 * AWS Lambda behind a function URL (payload format 2.0).
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export async function handler(event: LambdaFunctionURLEvent, context: Context): Promise<LambdaFunctionURLResult> {
  return answer(event as HttpEvent, performance.now() + context.getRemainingTimeInMillis());
}
