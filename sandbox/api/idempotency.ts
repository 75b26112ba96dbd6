import { isDeepStrictEqual } from 'node:util';
import { Refusal } from '../refusal.ts';
import type { Reply } from './endpoint.ts';

/** One write, as far as two of them have to be alike. */
export interface Write {
  caller: string;
  method: string;
  path: string;
  body: unknown;
}

/** Lets a write that is sent again with the same `Idempotency-Key` take effect once. Only what succeeded is kept. */
export class IdempotentWrites {
  readonly #seen = new Map<string, { write: Write; reply: Promise<Reply> }>();

  /** Forgets every key. */
  clear(): void {
    this.#seen.clear();
  }

  /** Runs the write, or gives what it was answered before. Throws a {@link Refusal} if the key was another write's. */
  async run(
    key: string | undefined,
    write: Write,
    handle: () => Promise<Reply>,
  ): Promise<Reply & { repeated: boolean }> {
    if (key === undefined || write.method === 'GET') return { ...(await handle()), repeated: false };
    const name = `${write.caller} ${key}`;
    const seen = this.#seen.get(name);
    if (seen !== undefined) {
      if (isDeepStrictEqual(seen.write, write)) return { ...(await seen.reply), repeated: true };
      throw new Refusal(422, 'IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another write.');
    }
    const reply = handle();
    this.#seen.set(name, { write, reply });
    try {
      return { ...(await reply), repeated: false };
    } catch (error) {
      this.#seen.delete(name);
      throw error;
    }
  }
}
