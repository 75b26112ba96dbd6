/** How often to retry when others do the same at the same moment. */
const attempts = 3;

/** Another run wrote the same meanwhile, so look again. */
export class WriteConflict extends Error {
  override readonly name = 'WriteConflict';
}

/** Retries work that lost a race. */
export async function retryConflicts<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WriteConflict) || attempt === attempts) throw error;
    }
  }
}
