/* For tests of extensions: call handlers as functions, or send signed deliveries to an app. */
export { askGuard, openTestStore, runAction, tellListener, testIssue, type HandlerTest } from './handlers.ts';
export { noon, nowhere, openTestKiket, testSecret, type TestKiket, type TestKiketOptions } from './kiket.ts';
export { signedHeaders } from './sign.ts';
