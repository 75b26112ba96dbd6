/** How often something is tried when others do the same at the same moment. */
const attempts = 3;

/** Somebody else wrote the same in the meantime: look again. */
export class WriteConflict extends Error {
  override readonly name = 'WriteConflict';
}

/** Tries again what lost a race. */
export async function retryConflicts<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WriteConflict) || attempt === attempts) throw error;
    }
  }
}
