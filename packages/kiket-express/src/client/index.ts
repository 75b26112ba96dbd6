/* For jobs that call Kiket's API on their own, without a delivery. */
export { createAuditClient, type AuditClient } from './audit.ts';
export { createIntakeFormsClient, type IntakeFormsClient } from './intakeForms.ts';
export type { KiketClient, RequestOptions } from './client.ts';
export { createJobClient, type JobClientOptions } from './jobClient.ts';
export { KiketError } from './kiketError.ts';
