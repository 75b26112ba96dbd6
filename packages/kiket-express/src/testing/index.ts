/* For tests of extensions: call handlers as functions, or send signed deliveries to an app. */
export { findHandlerGaps } from '../extension/handlers.ts';
export { startTestApi, type ReceivedCall, type Reply, type Respond, type TestApi } from './api.ts';
export { askGuard, openTestStore, runAction, runListener, testIssue, type HandlerTest } from './handlers.ts';
export {
  loadTestSetup,
  noon,
  nowhere,
  openTestKiket,
  testSecret,
  type TestKiket,
  type Overrides,
  type TestKiketOptions,
} from './kiket.ts';
export { signedHeaders } from './sign.ts';
