/* For jobs that call Kiket's API outside a delivery. */
export type { RequestOptions } from './client.ts';
export { createClient, type JobClient, type JobClientOptions } from './jobClient.ts';
export { KiketError } from './kiketError.ts';
