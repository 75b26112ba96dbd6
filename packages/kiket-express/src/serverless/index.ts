/* Entries for hosts that freeze or end between requests. */
export { lambda, type LambdaHandler } from './lambda.ts';
export { vercel, type VercelHandler } from './vercel.ts';
