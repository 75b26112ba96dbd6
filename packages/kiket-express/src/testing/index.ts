/*
 * For tests of handlers: an extension over a database in memory, and deliveries signed as Kiket signs them.
 */
export { noon, nowhere, openTestKiket, testSecret, type TestKiket, type TestKiketOptions } from './kiket.ts';
export { signedHeaders } from './sign.ts';
