/* For jobs that call Kiket's API on their own, without a delivery. */
export type { RequestOptions } from './client.ts';
export { createClient, type JobClient, type JobClientOptions } from './jobClient.ts';
export { KiketError } from './kiketError.ts';
