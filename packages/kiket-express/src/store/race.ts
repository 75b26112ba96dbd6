/** How often something is tried when others do the same at the same moment. */
const attempts = 3;

/** Somebody else wrote the same in the meantime: look again. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

/** Tries again what lost a race. */
export async function retryLostRace<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LostRace) || attempt === attempts) throw error;
    }
  }
}
