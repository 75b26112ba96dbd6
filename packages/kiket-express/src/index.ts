/*
 * The library's public names. An extension is a table of guards, actions and listeners; `start()` serves it, and an
 * existing app mounts what `openKiket()` returns.
 */
export type { SpentApprovals } from './approvals/approvals.ts';
export { fullNameOf, isSamePerson, nameOf, namesOf, type Person } from './approvals/person.ts';
export type { ApprovalRules } from './approvals/rules.ts';
export { parseAnswer, readAnswer } from './client/answer.ts';
export { allow, deny, failure, pending, success, type ActionAnswer, type Decision } from './extension/decision.ts';
export { extension, type GuardInput, type HandlerInput } from './extension/define.ts';
export type { Extension } from './extension/extension.ts';
export { isBlank, type ReadableIssue } from './extension/fields.ts';
export { timeText } from './extension/timeText.ts';
export { list } from './manifest/list.ts';
export { people } from './manifest/people.ts';
export { issueName, type Delivery, type Issue, type Transition } from './delivery.ts';
export { DeliveryError, SetupError, type ProblemCode } from './errors.ts';
export type { Handler } from './receive/answer.ts';
export { labelsOf } from './text/label.ts';
export { shorten } from './text/shorten.ts';
export { includesStatus, isSameStatus } from './text/status.ts';
export { readDotenv } from './server/dotenvFile.ts';
export { runJob, type Job } from './server/job.ts';
export type { Kiket } from './server/kiket.ts';
export { openKiket, type OpenKiket } from './server/open.ts';
export { startServer, type RunningServer } from './server/server.ts';
export { start } from './server/start.ts';
export type { DecisionReason, PastDecision } from './store/store.ts';
