import { onTestFinished } from 'vitest';
import { startTestApi, type Reply, type Respond, type TestApi } from '../../src/testing/api.ts';

export type { ReceivedCall, Reply, Respond } from '../../src/testing/api.ts';

/** A Kiket on this machine that answers as a test says; it is stopped when the test ends. */
export async function startFakeKiket(respond: Respond | readonly Reply[]): Promise<TestApi> {
  const api = await startTestApi(respond);
  onTestFinished(api.close);
  return api;
}
