/*
 * The library's public names. An extension is a table of guards, actions and listeners; `start()` serves it, and an app that
 * exists already mounts what `openKiket()` returns.
 */
export { areDifferentPeople, isSamePerson, nameOf, type Person } from './approvals/person.ts';
export { parseAnswer, readAnswer } from './client/answer.ts';
export { KiketError } from './client/kiketError.ts';
export { missingScopes } from './client/scopes.ts';
export { allow, deny, failure, pending, success, type ActionAnswer, type Decision } from './extension/decision.ts';
export type { Action, Context, Extension, Guard, HandlerContext, Listener } from './extension/extension.ts';
export type { Delivery, Issue, IssueReference, Transition } from './receive/delivery.ts';
export { DeliveryError, SetupError, type ProblemCode } from './receive/errors.ts';
export { readTime } from './receive/signature.ts';
export type { Handler } from './receive/respond.ts';
export type { Kiket } from './server/kiket.ts';
export { openKiket, type OpenKiket } from './server/open.ts';
export { startServer, type RunningServer } from './server/server.ts';
export { start } from './server/start.ts';
export type { Approval, DecisionReason, PastDecision } from './store/store.ts';
